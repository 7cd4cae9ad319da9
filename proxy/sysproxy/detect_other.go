//go:build !linux && !darwin && !windows

package sysproxy

// findDesktop finds none.
func findDesktop(string) (desktop, error) {
	return nil, &UnsupportedError{"this system's proxy setting can't be changed from here: start a browser with 'corsage browser', or give programs 'corsage env'"}
}
