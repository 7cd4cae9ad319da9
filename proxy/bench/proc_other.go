//go:build bench && !linux

package main

import (
	"errors"
	"time"
)

var errLinux = errors.New("the benchmark reads processor time and memory as Linux tells them: run it there")

func supported() error                   { return errLinux }
func cpuTime(int) (time.Duration, error) { return 0, errLinux }
func resident(int) (int64, error)        { return 0, errLinux }
func bytesRead(int) (int64, error)       { return 0, errLinux }
func raiseLimit() error                  { return errLinux }
func machine() string                    { return "" }
