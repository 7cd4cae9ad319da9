//go:build bench

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func supported() error { return nil }

// cpuTime is the processor time, user and system, that a process has used, from
// its own clock: clock_getcpuclockid(3), in nanoseconds.
func cpuTime(pid int) (time.Duration, error) {
	const processClock = 2 // CPUCLOCK_SCHED
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid)<<3|processClock, &t); err != nil {
		return 0, fmt.Errorf("reading the processor time of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

// resident is the memory of a process that is in RAM, in bytes.
func resident(pid int) (int64, error) {
	kilobytes, err := procFigure(pid, "status", "VmRSS:")
	return kilobytes << 10, err
}

// bytesRead is how much a process has read into its own memory, in bytes: what
// the kernel copied from one descriptor to another (splice) does not count.
func bytesRead(pid int) (int64, error) { return procFigure(pid, "io", "rchar:") }

// procFigure returns the number behind name in a file of /proc/PID.
func procFigure(pid int, file, name string) (int64, error) {
	path := fmt.Sprintf("/proc/%d/%s", pid, file)
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if field := strings.Fields(line); len(field) > 1 && field[0] == name {
			return strconv.ParseInt(field[1], 10, 64)
		}
	}
	return 0, fmt.Errorf("%s has no line %s", path, name)
}

// raiseLimit lets the process have as many descriptors as it may.
func raiseLimit() error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("reading the limit of open files: %w", err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("raising the limit of open files to %d: %w", limit.Max, err)
	}
	return nil
}

// machine names what the figures were measured on.
func machine() string {
	model := "an unknown processor"
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	kernel, _ := exec.Command("uname", "-sr").Output()
	return fmt.Sprintf("%s, %d cores, %s, %s, %s",
		model, runtime.NumCPU(), strings.TrimSpace(string(kernel)), runtime.Version(), time.Now().Format(time.DateOnly))
}
