package instance

import (
	"fmt"
	"net"
	"os"
)

// trusted is the control socket: it takes connections of this user's processes
// only. Folder and file keep others out already; this holds where their modes
// were changed, and where whoever connects got the socket passed on.
type trusted struct{ *net.UnixListener }

func (t *trusted) Accept() (net.Conn, error) {
	for {
		conn, err := t.AcceptUnix()
		if err != nil {
			return nil, err
		}
		if ownPeer(conn) == nil {
			return conn, nil
		}
		_ = conn.Close()
	}
}

// ownPeer fails unless the process at the other end of the connection is this
// user's: the one that connected, or the one that listens. Where the system does
// not tell, it goes by the folder and the file alone.
func ownPeer(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var uid int
	var known bool
	var asked error
	if err := raw.Control(func(fd uintptr) { uid, known, asked = peerUID(fd) }); err != nil {
		return err
	}
	switch {
	case asked != nil:
		return fmt.Errorf("asking whose process is at the other end: %w", asked)
	case known && uid != os.Geteuid():
		return fmt.Errorf("the process at the other end of the control socket is another user's (%d)", uid)
	}
	return nil
}
