package autostart

import (
	"errors"

	"golang.org/x/sys/windows/registry"
)

func open() (place, error) { return &runKey{currentUser{}}, nil }

// currentUser is the registry below HKEY_CURRENT_USER.
type currentUser struct{}

func (currentUser) text(path, name string) (value string, err error) {
	err = with(path, registry.QUERY_VALUE, func(k registry.Key) error {
		value, _, err = k.GetStringValue(name)
		return err
	})
	return value, err
}

func (currentUser) binary(path, name string) (value []byte, err error) {
	err = with(path, registry.QUERY_VALUE, func(k registry.Key) error {
		value, _, err = k.GetBinaryValue(name)
		return err
	})
	return value, err
}

func (currentUser) remove(path, name string) error {
	return with(path, registry.SET_VALUE, func(k registry.Key) error { return k.DeleteValue(name) })
}

func (currentUser) setText(path, name, value string) error {
	k, _, err := registry.CreateKey(registry.CURRENT_USER, path, registry.SET_VALUE)
	if err != nil {
		return err
	}
	return errors.Join(k.SetStringValue(name, value), k.Close())
}

// with opens a key for do. Where key or value is not there, nothing is.
func with(path string, access uint32, do func(registry.Key) error) error {
	k, err := registry.OpenKey(registry.CURRENT_USER, path, access)
	if err == nil {
		err = errors.Join(do(k), k.Close())
	}
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	return err
}
