package cli

import "strings"

// ascii says whether only ASCII characters can be shown: the user says so, or a
// locale is set that is not UTF-8. Without any locale UTF-8 is the better guess:
// containers and services have none, and their terminals are UTF-8.
func (a *app) ascii(c *Config) bool {
	if c.ASCII || c.origins["ascii"].layer != fromDefault {
		return c.ASCII
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // the order of POSIX
		if locale := strings.ToLower(a.env.get(name)); locale != "" {
			return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
		}
	}
	return false
}
