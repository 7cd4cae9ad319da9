//go:build !headless

package desktop

import (
	"context"
	"errors"

	"corsage/proxy/authority/trust"
	"corsage/ui"
	"corsage/ui/instance"
)

// trustStores are the machine's, for the roots of i.
func trustStores(i *instance.Instance) *ui.TrustStores {
	return &ui.TrustStores{
		Roots: func() ([]ui.TrustRoot, error) {
			roots := i.Roots() // first: it may retire some
			retired, err := i.RetiredRoots()
			profiles, fault := instance.TrustProfiles(roots, retired)
			var all []ui.TrustRoot
			for n, p := range profiles {
				r := roots[n]
				all = append(all, ui.TrustRoot{Profile: p, Hosts: r.Hosts, Fingerprint: r.Fingerprint, Until: r.Until, Renewed: r.Renewed})
			}
			return all, errors.Join(err, fault)
		},
		Look: func(ctx context.Context) []trust.Found { return trust.Survey(ctx, trust.Stores(ctx)) },
		Forget: func(found []trust.Found) error {
			retired, err := i.RetiredRoots()
			if err != nil {
				return err
			}
			return instance.ForgetRetired(i.ForgetRoots, retired, found)
		},
	}
}
