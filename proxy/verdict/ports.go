package verdict

import (
	"net/url"
	"slices"
)

// badPorts are those that browsers ask nothing of over http(s) (Fetch, section
// 2.9 "Port blocking"): other protocols live there.
var badPorts = []string{
	"0", "1", "7", "9", "11", "13", "15", "17", "19", "20", "21", "22", "23", "25", "37", "42", "43", "53", "69", "77", "79", "87", "95",
	"101", "102", "103", "104", "109", "110", "111", "113", "115", "117", "119", "123", "135", "137", "139", "143", "161", "179",
	"389", "427", "465", "512", "513", "514", "515", "526", "530", "531", "532", "540", "548", "554", "556", "563", "587", "601", "636",
	"989", "990", "993", "995", "1719", "1720", "1723", "2049", "3659", "4045", "4190", "5060", "5061", "6000", "6566",
	"6665", "6666", "6667", "6668", "6669", "6679", "6697", "10080",
}

// blockedPort is about a URL with such a port.
func blockedPort(u *url.URL) *fault {
	if !slices.Contains(badPorts, u.Port()) {
		return nil
	}
	return &fault{Rule{fetch, "port blocking", "", u.Port()}, "Browsers ask nothing of port " + u.Port() + ", where another protocol is at home.",
		"port " + u.Port() + " is a blocked one", "Serve the backend on another port, such as 8000."}
}
