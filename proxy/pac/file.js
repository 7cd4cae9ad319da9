// Corsage's proxy auto-configuration: the backends of enabled profiles go to
// Corsage, everything else goes its usual way. It changes with the profiles;
// browsers read it again when its address changes, or when they start.
//
// Browsers don't ask this file about this machine itself: localhost, 127.0.0.1
// and [::1] go past every PAC file, in Chromium whatever its flags, in Firefox
// unless network.proxy.allow_hijacking_localhost is set. For a backend there,
// open the browser from Corsage, or give the backend another name with
// "upstream: http://localhost:8000" in its profile.
//
// Behind Corsage stands the usual way, for when Corsage is not running. Chromium
// then keeps to that for five minutes, or until this file's address changes.
var corsageFind = (function (own) {
    var proxy = "PROXY ADDRESS";

    // scheme, name or "*." and what it ends in, port
    var hosts = [/* HOSTS */];

    /* FORMER */

    // bits returns an IP address in binary digits, behind "4" or "6"; "" for a
    // name.
    function bits(name) {
        var s = "", parts, end, gap, i;
        if (name.indexOf(":") < 0) {
            parts = name.split(".");
            if (parts.length != 4) return "";
            for (i = 0; i < 4; i++) {
                if (!/^(0|[1-9][0-9]{0,2})$/.test(parts[i]) || parts[i] > 255) return "";
                s += binary(+parts[i], 8);
            }
            return "4" + s;
        }
        end = /^(.*:)([0-9.]*\.[0-9.]*)$/.exec(name);
        if (end) { // its last half is written as an IPv4 address
            s = bits(end[2]);
            if (!s) return "";
            name = end[1] + parseInt(s.substring(1, 17), 2).toString(16) + ":" + parseInt(s.substring(17), 2).toString(16);
            s = "";
        }
        gap = name.indexOf("::");
        if (gap < 0) {
            parts = name.split(":");
        } else { // it stands for the zeros that are missing, one at least
            parts = gap ? name.substring(0, gap).split(":") : [];
            end = gap + 2 < name.length ? name.substring(gap + 2).split(":") : [];
            do parts.push("0"); while (parts.length + end.length < 8);
            parts = parts.concat(end);
        }
        if (parts.length != 8) return "";
        for (i = 0; i < 8; i++) {
            if (!/^[0-9a-f]{1,4}$/.test(parts[i])) return "";
            s += binary(parseInt(parts[i], 16), 16);
        }
        return "6" + s;
    }

    function binary(n, digits) {
        var s = n.toString(2);
        while (s.length < digits) s = "0" + s;
        return s;
    }

    var chosen = {};
    for (var i = 0; i < hosts.length; i++) {
        chosen[hosts[i][0] + "://" + (bits(hosts[i][1]) || hosts[i][1]) + ":" + hosts[i][2]] = true;
    }

    function isChosen(scheme, name, port) {
        function has(n) {
            return chosen[scheme + "://" + n + ":" + port] === true || chosen[scheme + "://" + n + ":*"] === true;
        }
        if (has(bits(name) || name)) return true;
        for (var dot = name.indexOf(".", 1); dot > 0; dot = name.indexOf(".", dot + 1)) {
            if (has("*" + name.substring(dot))) return true;
        }
        return false;
    }

    FindProxyForURL = own; // a former file may have taken the name
    return function (url, host) {
        var u = /^([A-Za-z]+):\/\/(?:[^\/?#\\]*@)?(\[[^\]]*\]|[^:\/?#\\]*)(?::([0-9]*))?/.exec(url);
        if (!u) return usual(url, host, "", "", "");
        var scheme = u[1].toLowerCase().replace(/^ws/, "http");
        var name = u[2].toLowerCase().replace(/^\[|\]$/g, "").replace(/\.$/, "");
        var port = u[3] || (scheme == "https" ? "443" : "80");
        var way = usual(url, host, scheme, name, port);
        return isChosen(scheme, name, port) ? proxy + "; " + way : way;
    };
})(FindProxyForURL);

function FindProxyForURL(url, host) {
    return corsageFind(url, host);
}
