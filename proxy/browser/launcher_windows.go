package browser

// launcherArgs are for Firefox' launcher process, which would end as soon as it
// has started the browser.
func launcherArgs() []string { return []string{"-wait-for-browser"} }
