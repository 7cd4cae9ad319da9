package browser

func catalogue() []known {
	return []known{
		{"Google Chrome", Chromium, app("Google Chrome")},
		{"Chromium", Chromium, app("Chromium")},
		{"Microsoft Edge", Chromium, app("Microsoft Edge")},
		{"Brave", Chromium, app("Brave Browser")},
		{"Vivaldi", Chromium, app("Vivaldi")},
		{"Firefox", Firefox, appProgram("Firefox", "firefox")},
		{"Firefox Developer Edition", Firefox, appProgram("Firefox Developer Edition", "firefox")},
	}
}

func app(name string) []string { return appProgram(name, name) }

func appProgram(name, program string) []string {
	inside := "/Applications/" + name + ".app/Contents/MacOS/" + program
	return []string{inside, "$HOME" + inside}
}

// missingCertutil is no error here: Firefox reads the system's trust store.
func missingCertutil() error { return nil }

// confined reports a program that cannot reach a throwaway profile: none here.
func confined(string) bool { return false }
