package instance

// roles are for tests that need signals and other users.
var roles map[string]func([]string) error
