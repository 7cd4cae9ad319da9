package autostart

import (
	"fmt"
	"os"
)

func open() (place, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, fmt.Errorf("finding the home folder: %w", err)
	}
	return newAgent(home), nil
}
