// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc.
const tick = time.Second / 100

// process is what /proc tells of one.
type process struct {
	parent int
	// cpu is its own, and that of the children that it waited for.
	cpu time.Duration
}

// ProcessCPU returns the processor time that a process has taken, with that of
// the children that it waited for.
func ProcessCPU(pid int) (time.Duration, error) {
	p, err := readProcess(pid)
	return p.cpu, err
}

func readProcess(pid int) (process, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return process{}, fmt.Errorf("read the usage of a process: %w", err)
	}
	return parseProcess(string(text))
}

// The fields of /proc/PID/stat that count, from the one that follows the name.
const (
	parentField   = 1
	firstCPUField = 11 // utime, stime, cutime, cstime
	lastCPUField  = 14
)

func parseProcess(stat string) (p process, err error) {
	// The name is in parentheses, and may hold any character.
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) <= lastCPUField {
		return p, fmt.Errorf("usage of a process: %d fields", len(fields))
	}
	if p.parent, err = strconv.Atoi(fields[parentField]); err != nil {
		return p, fmt.Errorf("parent of a process: %w", err)
	}
	for _, field := range fields[firstCPUField : lastCPUField+1] {
		ticks, err := strconv.Atoi(field)
		if err != nil {
			return p, fmt.Errorf("usage of a process: %w", err)
		}
		p.cpu += time.Duration(ticks) * tick
	}
	return p, nil
}

// familyCPU returns the processor time of a process and of its children.
func familyCPU(pid int) (time.Duration, error) {
	head, err := readProcess(pid)
	if err != nil {
		return 0, err
	}
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	sum := head.cpu
	for _, path := range all {
		child, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			continue
		}
		if p, err := readProcess(child); err == nil && p.parent == pid { // others come and go
			sum += p.cpu
		}
	}
	return sum, nil
}
