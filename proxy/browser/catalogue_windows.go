package browser

func catalogue() []known {
	return []known{
		{"Google Chrome", Chromium, installed(`Google\Chrome\Application\chrome.exe`)},
		{"Microsoft Edge", Chromium, installed(`Microsoft\Edge\Application\msedge.exe`)},
		{"Brave", Chromium, installed(`BraveSoftware\Brave-Browser\Application\brave.exe`)},
		{"Vivaldi", Chromium, installed(`Vivaldi\Application\vivaldi.exe`)},
		{"Chromium", Chromium, installed(`Chromium\Application\chrome.exe`)},
		{"Firefox", Firefox, installed(`Mozilla Firefox\firefox.exe`)},
	}
}

func installed(path string) []string {
	return []string{`${ProgramFiles}\` + path, `${ProgramFiles(x86)}\` + path, `${LocalAppData}\` + path}
}

// missingCertutil is no error here: Firefox reads the system's trust store.
func missingCertutil() error { return nil }

// confined reports a program that cannot reach a throwaway profile: none here.
func confined(string) bool { return false }
