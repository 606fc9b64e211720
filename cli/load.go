package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// loader builds a [Config] from its layers.
type loader struct {
	lookup func(name string) (string, bool)
	flags  map[string]*flagValue
}

// load reads all layers. Every value is checked, also one that a later layer
// overrides.
func (l *loader) load() (*Config, error) {
	c := &Config{origins: map[string]origin{}}
	groups := settings()
	apply := func(layer map[string]given) (err error) {
		each(groups, func(s *setting) {
			if g, ok := layer[s.name]; ok && err == nil {
				err = l.set(c, s, g)
			}
		})
		return err
	}
	set, variables := l.flagLayer(), l.envLayer(groups)
	path, err := l.configPath(set, variables)
	if err != nil {
		return nil, err
	}
	inFile, err := readConfigFile(path)
	if err != nil {
		return nil, usageError(err)
	}
	profile, err := chosenProfile(inFile, set, variables, path)
	if err != nil {
		return nil, err
	}
	for _, layer := range []map[string]given{defaultLayer(groups), l.noColorLayer(), inFile.top, profile, variables, set} {
		if err := apply(layer); err != nil {
			return nil, usageError(err)
		}
	}
	c.Profiles = inFile.profileNames()
	c.File = path.readable()
	return c, c.finish()
}

// set gives one setting the value of one layer.
func (l *loader) set(c *Config, s *setting, g given) error {
	if s.clear != nil {
		s.clear(c)
	}
	for _, it := range g.items {
		if s.path {
			it.text = l.absolute(it.text, g.dir)
		}
		if it.channel != nil {
			it.channel.resolve(func(path string) string { return l.absolute(path, g.dir) })
		}
		if err := s.set(c, it); err != nil {
			if _, ok := errors.AsType[*placed](err); ok {
				return err
			}
			if g.origin.layer == fromFile || g.origin.layer == fromProfile {
				err = fmt.Errorf("%s: %w", s.key, err)
			}
			return &placed{it.place, err}
		}
	}
	c.origins[s.name] = g.origin
	return nil
}

// absolute resolves "~/" and, when dir is not empty, relative names.
func (l *loader) absolute(path, dir string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home := l.home(); home != "" {
			return filepath.Join(home, rest)
		}
	}
	if path == "" || dir == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func (l *loader) home() string {
	if home, _ := l.lookup("HOME"); home != "" {
		return home
	}
	home, _ := l.lookup("USERPROFILE")
	return home
}

// configFile is the config file to read.
type configFile struct {
	path string
	// named is where its name was given; empty for the usual path, at which no
	// file need be.
	named string
	found bool
}

// readable is the file's path when there is a file.
func (f *configFile) readable() string {
	if f.found {
		return f.path
	}
	return ""
}

// configPath finds the config file: a flag's, a variable's, or the usual one.
// The path is empty when there is no home directory.
func (l *loader) configPath(set, variables map[string]given) (*configFile, error) {
	for _, layer := range []map[string]given{set, variables} {
		if g, ok := layer["config"]; ok {
			if g.items[0].text == "" {
				return nil, usagef("%s: the file's name is empty; give one", g.origin.place)
			}
			return &configFile{path: l.absolute(g.items[0].text, ""), named: g.origin.place}, nil
		}
	}
	// The XDG specification says that a relative path in the variable counts as none.
	if dir, _ := l.lookup("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return &configFile{path: filepath.Join(dir, "labtop", "config.yaml")}, nil
	}
	if home := l.home(); home != "" {
		return &configFile{path: filepath.Join(home, ".config", "labtop", "config.yaml")}, nil
	}
	return &configFile{}, nil
}

// readConfigFile reads and parses the file, if there is one.
func readConfigFile(f *configFile) (fileLayers, error) {
	if f.path == "" {
		return fileLayers{}, nil
	}
	data, err := readBounded(f.path, maxFileBytes)
	if errors.Is(err, os.ErrNotExist) && f.named == "" {
		return fileLayers{}, nil
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fileLayers{}, fmt.Errorf("%s: there is no file %s; labtop config init PATH writes one", f.named, f.path)
	case err != nil:
		return fileLayers{}, fmt.Errorf("cannot read the config file: %w", err)
	}
	f.found = true
	return parseFile(f.path, data)
}

// readBounded reads a file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %s", path, formatSize(limit))
	}
	return data, err
}

// chosenProfile returns the layer of the profile that was asked for; nil when
// none was.
func chosenProfile(inFile fileLayers, set, variables map[string]given, f *configFile) (map[string]given, error) {
	for _, layer := range []map[string]given{set, variables} {
		g, ok := layer["profile"]
		if !ok {
			continue
		}
		name := g.items[0].text
		profile, ok := inFile.profiles[name]
		switch names := inFile.profileNames(); {
		case ok, name == "":
			return profile, nil
		case !f.found:
			return nil, usagef("%s: there is no config file with the profile %s; labtop config init writes one", g.origin.place, quote(name))
		case len(names) == 0:
			return nil, usagef("%s: %s has no profiles; add %s below profiles", g.origin.place, f.path, quote(name))
		default:
			hint := didYouMean(name, names)
			if hint == "" {
				hint = "; there are " + strings.Join(names, ", ")
			}
			return nil, usagef("%s: %s has no profile %s%s", g.origin.place, f.path, quote(name), hint)
		}
	}
	return nil, nil
}
