package environ

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// systemCertificates returns the certificates that the system trusts, in PEM.
// Windows has those at hand that were needed once and fetches others when they
// are, so Mozilla's stand for these.
func systemCertificates() ([]byte, error) {
	name, err := windows.UTF16PtrFromString("ROOT")
	if err != nil {
		return nil, err
	}
	store, err := windows.CertOpenSystemStore(0, name)
	if err != nil {
		return nil, fmt.Errorf("opening the store of trusted certificates: %w", err)
	}
	defer windows.CertCloseStore(store, 0)
	var out bytes.Buffer
	var cert *windows.CertContext
	for {
		// Each call frees the one before; the last returns an error as well.
		if cert, err = windows.CertEnumCertificatesInStore(store, cert); err != nil || cert == nil {
			break
		}
		der := unsafe.Slice(cert.EncodedCert, cert.Length)
		out.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: bytes.Clone(der)}))
	}
	out.Write(mozilla())
	return out.Bytes(), nil
}
