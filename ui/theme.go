package ui

import (
	"image/color"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// Role is what a piece of text is for. A theme gives each role a colour; where
// there are no colours, signs and words say the same.
type Role uint8

// The roles.
const (
	RoleText Role = iota
	// RoleDim is for what is there to be found, not to be read.
	RoleDim
	RoleTitle
	RoleAccent // keys, online, the main line of a chart
	RoleWarn
	RoleCritical // what is critical, and nothing else
	RoleBar      // the header
	RoleBarDim   // less important parts of the header
	RoleBarGood  // in the header: connected
	RoleBarWarn  // in the header: something wants a look
	RoleBarCritical
	RoleBarStrong // the program's name
	RoleSecond    // the second line of a chart
	RoleThird
	RoleGrid
	RoleBadge          // in the header: must not be overlooked
	RoleWarnGround     // in a chart: beyond the warning's threshold
	RoleCriticalGround // and beyond the critical one
	roles
)

// look is the appearance of a role. A nil colour is the terminal's own.
type look struct {
	fg, bg  color.Color
	bold    bool
	reverse bool
}

// Theme turns roles into SGR sequences. A theme belongs to one viewer and is
// never changed.
type Theme struct {
	Name   string
	open   [roles]string // sequence that switches a role on
	chosen [roles]string // the same, on the line of the cursor
}

const reset = "\x1b[m"

// ThemeNames are the names that a user can choose; auto follows the terminal's
// background.
func ThemeNames() []string { return []string{"auto", "dark", "light", "contrast"} }

// newTheme makes the named theme for a colour profile. Any other name is dark.
func newTheme(name string, profile colorprofile.Profile) *Theme {
	looks, cursor := darkLooks(), look{bg: lipgloss.Color("#2B3A47")}
	switch name {
	case "light":
		looks, cursor = lightLooks(), look{bg: lipgloss.Color("#DDE4E9")}
	case "contrast":
		looks, cursor = contrastLooks(), look{reverse: true}
	default:
		name = "dark"
	}
	if profile == colorprofile.ANSI256 {
		indexed(&looks, &cursor, name == "light")
	}
	if profile <= colorprofile.ANSI {
		// Sixteen colours or none: the user's own palette, and no shades.
		if name != "contrast" {
			looks = basicLooks()
		}
		cursor = look{reverse: true}
	}
	t := &Theme{Name: name}
	for r := range looks {
		looks[r].fg, looks[r].bg = known(profile, looks[r].fg), known(profile, looks[r].bg)
		t.open[r] = looks[r].sequence()
		chosen := looks[r]
		if cursor.reverse {
			chosen = look{bold: chosen.bold, reverse: true} // one bar, not a patchwork
		} else if chosen.bg == nil {
			chosen.bg = cursor.bg
		}
		t.chosen[r] = chosen.sequence()
	}
	return t
}

// indexed chooses the backgrounds for 256 colours: the nearest of them to navy is
// a green.
func indexed(looks *[roles]look, cursor *look, light bool) {
	for r := range looks {
		switch Role(r) {
		case RoleBadge:
		case RoleWarnGround, RoleCriticalGround:
			looks[r].bg = nil // the darkest of them are too loud
		default:
			if looks[r].bg != nil {
				looks[r].bg = ansi.IndexedColor(238)
			}
		}
	}
	switch {
	case cursor.bg == nil:
	case light:
		cursor.bg = ansi.IndexedColor(253)
	default:
		cursor.bg = ansi.IndexedColor(236)
	}
}

// known is the colour of a terminal's that is nearest to c; nil when it has none.
func known(profile colorprofile.Profile, c color.Color) color.Color {
	if c == nil {
		return nil
	}
	return profile.Convert(c)
}

func (l look) sequence() string {
	s := ansi.Style{}
	if l.bold {
		s = s.Bold()
	}
	if l.reverse {
		s = s.Reverse(true)
	}
	if l.fg != nil {
		s = s.ForegroundColor(l.fg)
	}
	if l.bg != nil {
		s = s.BackgroundColor(l.bg)
	}
	if len(s) == 0 {
		return ""
	}
	return s.String()
}

// The colours of the course: navy, teal, orange and a light grey. Red is kept
// for what is critical, and for that alone.
func darkLooks() [roles]look {
	c := lipgloss.Color
	bar := c("#2C3E50")
	return [roles]look{
		RoleDim:            {fg: c("#7C8B99")},
		RoleTitle:          {fg: c("#ECF0F1"), bold: true},
		RoleAccent:         {fg: c("#1ABC9C")},
		RoleWarn:           {fg: c("#E67E22")},
		RoleCritical:       {fg: c("#FF6358"), bold: true},
		RoleBar:            {fg: c("#ECF0F1"), bg: bar},
		RoleBarDim:         {fg: c("#A3B1BD"), bg: bar},
		RoleBarGood:        {fg: c("#1ABC9C"), bg: bar},
		RoleBarWarn:        {fg: c("#F39C4B"), bg: bar, bold: true},
		RoleBarCritical:    {fg: c("#FF8A80"), bg: bar, bold: true},
		RoleBarStrong:      {fg: c("#FFFFFF"), bg: bar, bold: true},
		RoleSecond:         {fg: c("#E5A155")},
		RoleThird:          {fg: c("#7FB3D5")},
		RoleGrid:           {fg: c("#3E4C59")},
		RoleBadge:          {fg: c("#FFFFFF"), bg: c("#C0392B"), bold: true},
		RoleWarnGround:     {bg: c("#2A2113")},
		RoleCriticalGround: {bg: c("#32191A")},
	}
}

func lightLooks() [roles]look {
	c := lipgloss.Color
	bar := c("#2C3E50")
	return [roles]look{
		RoleDim:            {fg: c("#58646F")},
		RoleTitle:          {fg: c("#1B2631"), bold: true},
		RoleAccent:         {fg: c("#0A6B59")},
		RoleWarn:           {fg: c("#A04A06")},
		RoleCritical:       {fg: c("#B3201A"), bold: true},
		RoleBar:            {fg: c("#ECF0F1"), bg: bar},
		RoleBarDim:         {fg: c("#B4C0CA"), bg: bar},
		RoleBarGood:        {fg: c("#48D1B5"), bg: bar},
		RoleBarWarn:        {fg: c("#F5AE6A"), bg: bar, bold: true},
		RoleBarCritical:    {fg: c("#FF9A91"), bg: bar, bold: true},
		RoleBarStrong:      {fg: c("#FFFFFF"), bg: bar, bold: true},
		RoleSecond:         {fg: c("#A04A06")},
		RoleThird:          {fg: c("#21618C")},
		RoleGrid:           {fg: c("#BCC6CE")},
		RoleBadge:          {fg: c("#FFFFFF"), bg: c("#B9211B"), bold: true},
		RoleWarnGround:     {bg: c("#FBF0DF")},
		RoleCriticalGround: {bg: c("#FBE2E0")},
	}
}

// contrastLooks keeps to the extremes of whatever palette the terminal has.
func contrastLooks() [roles]look {
	return [roles]look{
		RoleTitle:       {bold: true},
		RoleAccent:      {fg: ansi.BrightCyan, bold: true},
		RoleWarn:        {fg: ansi.BrightYellow, bold: true},
		RoleCritical:    {fg: ansi.BrightRed, bold: true},
		RoleBar:         {reverse: true},
		RoleBarDim:      {reverse: true},
		RoleBarGood:     {reverse: true, bold: true},
		RoleBarWarn:     {reverse: true, bold: true},
		RoleBarCritical: {reverse: true, bold: true},
		RoleBarStrong:   {reverse: true, bold: true},
		RoleSecond:      {fg: ansi.BrightYellow},
		RoleThird:       {fg: ansi.BrightMagenta},
		RoleBadge:       {reverse: true, bold: true},
	}
}

func basicLooks() [roles]look {
	return [roles]look{
		RoleDim:         {fg: ansi.BrightBlack},
		RoleTitle:       {bold: true},
		RoleAccent:      {fg: ansi.Cyan},
		RoleWarn:        {fg: ansi.Yellow},
		RoleCritical:    {fg: ansi.Red, bold: true},
		RoleBar:         {reverse: true},
		RoleBarDim:      {reverse: true},
		RoleBarGood:     {reverse: true},
		RoleBarWarn:     {reverse: true, bold: true},
		RoleBarCritical: {reverse: true, bold: true},
		RoleBarStrong:   {reverse: true, bold: true},
		RoleSecond:      {fg: ansi.Yellow},
		RoleThird:       {fg: ansi.Blue},
		RoleGrid:        {fg: ansi.BrightBlack},
		RoleBadge:       {reverse: true, bold: true},
	}
}
