package sysproxy

import (
	"context"
	"errors"
	"os"
	"os/exec"

	"github.com/godbus/dbus/v5"
)

// findDesktop returns the desktop that a journal names, or for "" the one that
// this session is of.
func findDesktop(id string) (desktop, error) {
	session := session{env: os.Getenv, bus: hasBus, has: func(command string) bool { _, err := exec.LookPath(command); return err == nil }}
	return session.find(id, run, reparse)
}

// sessionBus connects to the session's bus. It starts none, which would stay.
func sessionBus(ctx context.Context) (*dbus.Conn, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(conn.Auth(nil), conn.Hello()); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func hasBus(ctx context.Context) bool {
	conn, err := sessionBus(ctx)
	return err == nil && conn.Close() == nil
}

// reparse tells the programs of KDE that kioslaverc has changed, as Plasma's own
// settings do.
func reparse(ctx context.Context) {
	conn, err := sessionBus(ctx)
	if err != nil {
		return // then nobody listens
	}
	defer conn.Close()
	_ = conn.Emit("/KIO/Scheduler", "org.kde.KIO.Scheduler.reparseSlaveConfiguration", "")
}
