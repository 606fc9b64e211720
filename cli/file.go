package cli

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// fileLayers is what a config file says: at its top level and in each profile,
// by the settings' names.
type fileLayers struct {
	top      map[string]given
	profiles map[string]map[string]given
}

func (f fileLayers) profileNames() []string { return slices.Sorted(maps.Keys(f.profiles)) }

// fileReader turns a parsed file into layers. It knows the allowed keys from
// the table of settings.
type fileReader struct {
	name     string
	keys     map[string]*setting
	sections map[string][]string
}

// parseFile reads a config file's content. name is the file's name in errors;
// relative files in it are relative to the directory of name.
func parseFile(name string, data []byte) (fileLayers, error) {
	root, err := parseYAML(name, data)
	if err != nil || root == nil {
		return fileLayers{profiles: map[string]map[string]given{}}, err
	}
	return readLayers(name, root)
}

// readLayers reads a config file's root.
func readLayers(name string, root *ast.MappingNode) (layers fileLayers, err error) {
	layers.profiles = map[string]map[string]given{}
	r := &fileReader{name: name, keys: map[string]*setting{}, sections: map[string][]string{}}
	each(settings(), func(s *setting) {
		if s.key == "" {
			return
		}
		section, key, nested := strings.Cut(s.key, ".")
		if !nested {
			section, key = "", s.key
		}
		r.sections[section] = append(r.sections[section], key)
		r.keys[s.key] = s
	})
	layers.top, err = r.readKeys(root, "", fromFile, layers.profiles)
	return layers, err
}

// readKeys reads the keys of a section ("" for the top level). profiles is nil
// where none may stand.
func (r *fileReader) readKeys(m *ast.MappingNode, section string, from layer, profiles map[string]map[string]given) (map[string]given, error) {
	read := map[string]given{}
	for _, entry := range m.Values {
		key, ok := scalarText(entry.Key)
		if !ok {
			return nil, fmt.Errorf("%s: the key is %s; write a word", place(r.name, entry.Key), kind(entry.Key))
		}
		var err error
		switch s := r.keys[strings.TrimPrefix(section+"."+key, ".")]; {
		case s != nil:
			read[s.name], err = r.readSetting(s, entry, from)
		case section == "" && r.sections[key] != nil:
			var inner map[string]given
			inner, err = r.readMapping(entry, key, from)
			maps.Copy(read, inner)
		case section == "" && key == "profiles" && profiles != nil:
			err = r.readProfiles(entry, profiles)
		default:
			err = fmt.Errorf("%s: %w", place(r.name, entry.Key), r.unknown(section, key, profiles != nil))
		}
		if err != nil {
			return nil, err
		}
	}
	return read, nil
}

// readMapping reads a value that must be a mapping of the section's keys. It may
// be empty: a section whose keys are all commented out is a usual sight.
func (r *fileReader) readMapping(entry *ast.MappingValueNode, section string, from layer) (map[string]given, error) {
	switch m := entry.Value.(type) {
	case *ast.MappingNode:
		return r.readKeys(m, section, from, nil)
	case *ast.NullNode:
		return nil, nil
	}
	return nil, r.wrong(entry, "a mapping of keys")
}

func (r *fileReader) readProfiles(entry *ast.MappingValueNode, profiles map[string]map[string]given) error {
	if _, empty := entry.Value.(*ast.NullNode); empty {
		return nil
	}
	named, ok := entry.Value.(*ast.MappingNode)
	if !ok {
		return r.wrong(entry, "a mapping of names")
	}
	for _, profile := range named.Values {
		name, ok := scalarText(profile.Key)
		if !ok {
			return fmt.Errorf("%s: the profile's name is %s; write a word", place(r.name, profile.Key), kind(profile.Key))
		}
		keys, err := r.readMapping(profile, "", fromProfile)
		if err != nil {
			return err
		}
		profiles[name] = keys
	}
	return nil
}

// unknown says what to write in the place of a key that is in no table.
func (r *fileReader) unknown(section, key string, top bool) error {
	switch key {
	case "password":
		return errors.New("a password does not belong in the config; put it in a file and name that with password_file")
	case "rules":
		return errors.New("unknown key \"rules\"; the rules stand below alerts, or in a file of their own that --rules names")
	}
	candidates := slices.Clone(r.sections[section])
	if section == "" {
		candidates = slices.AppendSeq(candidates, maps.Keys(r.sections))
		if top {
			candidates = append(candidates, "profiles")
		}
		slices.Sort(candidates)
	}
	hint := didYouMean(key, candidates)
	if hint == "" {
		hint = r.elsewhere(key)
	}
	return fmt.Errorf("unknown key %s%s", quote(key), hint)
}

// elsewhere points to the section that has the key, or to the list of keys.
func (r *fileReader) elsewhere(key string) string {
	for _, section := range slices.Sorted(maps.Keys(r.sections)) {
		if slices.Contains(r.sections[section], key) {
			if section == "" {
				return "; it belongs to the top level"
			}
			return "; it belongs below " + quote(section)
		}
	}
	return "; labtop config init - shows all keys"
}

// wrong is the error for a value of another kind than the key wants.
func (r *fileReader) wrong(entry *ast.MappingValueNode, want string) error {
	if _, empty := entry.Value.(*ast.NullNode); empty {
		return fmt.Errorf("%s: %s has no value; give %s or remove the key", place(r.name, entry.Key), entry.Key.GetToken().Value, want)
	}
	return fmt.Errorf("%s: %s is %s; write %s", place(r.name, entry.Value), entry.Key.GetToken().Value, kind(entry.Value), want)
}

// dir is the directory that relative files are relative to.
func (r *fileReader) dir() string { return filepath.Dir(r.name) }
