package verdict

// habits are where browsers differ in what the standards leave to them, or don't
// follow the standards. Those of Chromium 156, Firefox ESR 153 and WebKitGTK 2.50
// are measured.
type habits struct {
	// Fetch, HTML, CSP and Mixed Content.
	starCoversAuthorization bool // in Access-Control-Allow-Headers, without credentials
	unknownCORPLoads        bool // under require-corp, where Fetch takes an unknown value for none
	noCredentialless        bool // the embedder policy credentialless is not known
	socketsCoverHTTP        bool // the source expression wss: lets https in as well, as CSP says
	loopbackIsMixed         bool // http on this machine is mixed content too

	// RFC 6265bis.
	schemefulSite   bool // http and https of one domain are two sites for SameSite
	schemefulParty  bool // and for what is a third party
	listedSuffixes  bool // under a suffix that the public suffix list lacks, as .test, each host is a party of its own
	laxByDefault    bool // a cookie without SameSite counts as Lax
	laxAllowsUnsafe bool // and is sent with a form from elsewhere all the same while it is new
	noneNeedsSecure bool // SameSite=None without Secure is refused
	secureLocalhost bool // http on this machine may set and get Secure cookies
	partitioned     bool // Partitioned is understood
	prefixes        bool // names that begin with __Secure- or __Host- are bound
	httpPrefixes    bool // and those that begin with __Http- or __Host-Http-
	refusesTab      bool // a tab within a line is a control character as any other
}

func (b Browser) habits() habits {
	switch b.Engine {
	case Chromium:
		return habits{
			starCoversAuthorization: true,
			schemefulSite:           true, schemefulParty: true, laxByDefault: true, laxAllowsUnsafe: true, noneNeedsSecure: true, secureLocalhost: true,
			partitioned: true, prefixes: true, httpPrefixes: true, refusesTab: true,
		}
	case Firefox:
		return habits{
			starCoversAuthorization: true, unknownCORPLoads: true,
			noneNeedsSecure: true, secureLocalhost: true, partitioned: true, prefixes: true,
		}
	case WebKit:
		return habits{
			starCoversAuthorization: true, noCredentialless: true, socketsCoverHTTP: true, loopbackIsMixed: true, listedSuffixes: true,
			prefixes: b.ThirdParty != NotStored, // libsoup, which WebKitGTK keeps its cookies in, knows none
		}
	}
	return habits{
		socketsCoverHTTP: true,
		schemefulSite:    true, schemefulParty: true, laxByDefault: true, noneNeedsSecure: true, secureLocalhost: true,
		partitioned: true, prefixes: true,
	}
}
