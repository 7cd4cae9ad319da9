package advice

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// loginPage is how addresses of login pages tend to read.
var loginPage = regexp.MustCompile(`(?i)\b(log-?in|log-?on|sign-?in|sso|saml2?|oauth2?|openid|oidc|auth(n|enticate|orize)?|accounts?|cas)\b`)

// login says what a login before the backend means for the page; "" where the
// answers show none.
func login(checks []Check) string {
	for _, c := range checks {
		where := ""
		switch status := c.Response.Status; {
		case status == http.StatusUnauthorized, status == http.StatusForbidden && c.Request.Method == http.MethodOptions:
			where = "answered " + strconv.Itoa(status)
		case status >= 300 && status < 400:
			to, err := c.Request.URL.Parse(c.Response.Header.Get("Location"))
			if err != nil || !(loginPage.MatchString(strings.ReplaceAll(to.Path, "_", "-")) || loginPage.MatchString(to.Hostname())) {
				continue
			}
			where = "redirected to " + to.Scheme + "://" + to.Host + to.EscapedPath()
		default:
			continue
		}
		said := "A login stands before the backend: the " + c.Name + " was " + where + ". "
		if c.Request.Method == http.MethodOptions {
			said += "A preflight carries no cookies, so it meets the login whoever is logged in; Corsage answers it. "
		}
		return said + "Log in on the backend's own pages, in a browser that uses Corsage; the session is then the page's too."
	}
	return ""
}
