package instance

import (
	"log/slog"

	"corsage/profiles"
)

// watch tells the log of faults in profile files as they come and go. It ends
// when stop is closed.
func watch(store *profiles.Store, log *slog.Logger, stop <-chan struct{}) {
	wake, cancel := store.Subscribe()
	defer cancel()
	faults := make(map[string]string)
	for {
		faults = report(store.Items(), faults, log)
		select {
		case <-wake:
		case <-stop:
			return
		}
	}
}

// report logs what differs from the faults that were known, by file, and
// returns those there are now.
func report(items []profiles.Item, known map[string]string, log *slog.Logger) map[string]string {
	faults := make(map[string]string)
	for _, item := range items {
		if item.Err == nil {
			if known[item.File] != "" {
				log.Info("the profile's file is in order again", "file", item.File)
			}
			continue
		}
		fault := item.Err.Error()
		faults[item.File] = fault
		if known[item.File] == fault {
			continue
		}
		if item.Profile != nil {
			log.Warn("the profile's file has an error, so its last good version stays in use until it is corrected", "error", fault)
		} else {
			log.Warn("the profile's file has an error, so it is not used until it is corrected", "error", fault)
		}
	}
	return faults
}
