//go:build bench && !linux

package main

import (
	"errors"
	"time"
)

var errLinux = errors.New("the benchmark reads processor time and memory from Linux's /proc: run it there")

func supported() error                             { return errLinux }
func cpuTime(int) (time.Duration, error)           { return 0, errLinux }
func resident(int) (now, highest int64, err error) { return 0, 0, errLinux }
func raiseLimit() error                            { return errLinux }
func machine() string                              { return "" }
