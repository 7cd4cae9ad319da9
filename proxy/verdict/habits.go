package verdict

// habits are where engines differ in what the standards leave to them, or don't
// follow them. Those of Chromium 156, Firefox ESR 153
// and WebKitGTK 2.50 are measured.
type habits struct {
	starCoversAuthorization bool // in Access-Control-Allow-Headers, without credentials (Fetch denies it)
	unknownCORPLoads        bool // under require-corp, where Fetch takes an unknown value for none

	schemefulSite   bool // http and https of one domain are two sites for SameSite
	schemefulParty  bool // and for what is a third party
	listedSuffixes  bool // under a suffix that the public suffix list lacks, as .test, each host is a site
	laxByDefault    bool // a cookie without SameSite counts as Lax
	noneNeedsSecure bool // SameSite=None without Secure is refused
	secureLocalhost bool // http on this machine may set and get Secure cookies
	partitioned     bool // Partitioned is understood
	httpPrefixes    bool // names that begin with __Http- or __Host-Http- are bound too
	refusesTab      bool // a tab within a line is a control character as any other
}

func (e Engine) habits() habits {
	switch e {
	case Firefox:
		return habits{
			starCoversAuthorization: true, unknownCORPLoads: true,
			noneNeedsSecure: true, secureLocalhost: true, partitioned: true,
		}
	case WebKit:
		return habits{starCoversAuthorization: true, listedSuffixes: true}
	case Chromium:
		return habits{
			starCoversAuthorization: true,
			schemefulSite:           true, schemefulParty: true, laxByDefault: true, noneNeedsSecure: true, secureLocalhost: true,
			partitioned: true, httpPrefixes: true, refusesTab: true,
		}
	}
	return habits{schemefulSite: true, schemefulParty: true, laxByDefault: true, noneNeedsSecure: true, secureLocalhost: true, partitioned: true}
}
