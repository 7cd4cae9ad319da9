package sysproxy

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Options of InternetQueryOption and InternetSetOption, and of a connection
// (wininet.h).
const (
	optionRefresh         = 37 // INTERNET_OPTION_REFRESH
	optionSettingsChanged = 39 // INTERNET_OPTION_SETTINGS_CHANGED
	optionPerConnection   = 75 // INTERNET_OPTION_PER_CONNECTION_OPTION

	perConnFlags  = 1  // INTERNET_PER_CONN_FLAGS
	perConnServer = 2  // INTERNET_PER_CONN_PROXY_SERVER
	perConnBypass = 3  // INTERNET_PER_CONN_PROXY_BYPASS
	perConnURL    = 4  // INTERNET_PER_CONN_AUTOCONFIG_URL
	perConnUI     = 10 // INTERNET_PER_CONN_FLAGS_UI, as the user has set them
)

// connectionOption is INTERNET_PER_CONN_OPTIONW. Its union is as wide as a
// FILETIME and aligned as a pointer is, as uint64 is on all of Go's Windows ports.
type connectionOption struct {
	option uint32
	value  uint64
}

// connectionList is INTERNET_PER_CONN_OPTION_LISTW. A nil connection is that of
// the local networks.
type connectionList struct {
	size       uint32
	connection *uint16
	count      uint32
	failed     uint32
	options    *connectionOption
}

func newConnectionList(options []connectionOption) *connectionList {
	list := &connectionList{count: uint32(len(options)), options: &options[0]}
	list.size = uint32(unsafe.Sizeof(*list))
	return list
}

func wininetProc(name string) *windows.LazyProc {
	return windows.NewLazySystemDLL("wininet.dll").NewProc(name)
}

func setOption(option uint32, buffer unsafe.Pointer, size uintptr) error {
	ok, _, err := wininetProc("InternetSetOptionW").Call(0, uintptr(option), uintptr(buffer), size)
	if ok == 0 {
		return fmt.Errorf("InternetSetOption(%d): %w", option, err)
	}
	return nil
}

// queryConnection reads the options of the user's local networks.
func queryConnection() (perConnection, error) {
	var (
		c   perConnection
		err error
	)
	for _, flags := range []uint32{perConnUI, perConnFlags} { // the first is unknown to some
		options := []connectionOption{{option: flags}, {option: perConnServer}, {option: perConnBypass}, {option: perConnURL}}
		list := newConnectionList(options)
		size := list.size
		ok, _, why := wininetProc("InternetQueryOptionW").Call(0, optionPerConnection, uintptr(unsafe.Pointer(list)), uintptr(unsafe.Pointer(&size)))
		if ok == 0 {
			err = fmt.Errorf("InternetQueryOption(%d): %w", optionPerConnection, why)
			continue
		}
		c.flags = uint32(options[0].value)
		for i, into := range []*string{&c.server, &c.bypass, &c.pac} {
			*into = takeString(uintptr(options[i+1].value))
		}
		return c, nil
	}
	return c, err
}

// takeString copies a string that the system has allocated, and frees it.
func takeString(at uintptr) string {
	if at == 0 {
		return ""
	}
	// The address is of the system's memory, which Go's collector does not move.
	text := windows.UTF16PtrToString(*(**uint16)(unsafe.Pointer(&at)))
	_, _, _ = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalFree").Call(at)
	return text
}

// setConnection writes the options that are not nil.
func setConnection(flags *uint32, server, bypass, pac *string) error {
	var (
		options []connectionOption
		pinned  runtime.Pinner
	)
	defer pinned.Unpin()
	if flags != nil {
		options = append(options, connectionOption{perConnFlags, uint64(*flags)})
	}
	for _, o := range []struct {
		option uint32
		text   *string
	}{{perConnServer, server}, {perConnBypass, bypass}, {perConnURL, pac}} {
		if o.text == nil {
			continue
		}
		text, err := windows.UTF16PtrFromString(*o.text)
		if err != nil {
			return fmt.Errorf("a proxy setting that Windows can't hold: %w", err)
		}
		pinned.Pin(text)
		options = append(options, connectionOption{o.option, uint64(uintptr(unsafe.Pointer(text)))})
	}
	list := newConnectionList(options)
	return setOption(optionPerConnection, unsafe.Pointer(list), uintptr(list.size))
}

// refreshConnection has running programs read the options anew.
func refreshConnection() {
	_ = setOption(optionSettingsChanged, nil, 0)
	_ = setOption(optionRefresh, nil, 0)
}
