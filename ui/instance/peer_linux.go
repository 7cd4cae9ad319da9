package instance

import "golang.org/x/sys/unix"

// peerUID asks whose process is at the other end (unix(7), SO_PEERCRED).
func peerUID(fd uintptr) (uid int, known bool, err error) {
	cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, false, err
	}
	return int(cred.Uid), true, nil
}
