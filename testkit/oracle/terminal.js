// A terminal without a window, driven over stdin and stdout: one JSON request a
// line in, one JSON answer or event a line out. terminal.go is the other end.
//
// Requests:  {"open": {"width", "height"}}  a new terminal in place of the old
//            {"write": "base64"}            bytes from the program
//            {"resize": {"width", "height"}}
//            {"state": id}                  answered once all before it is read
// Answers:   {"state": id, ...} and, at any time, {"reply": "base64"}, which is
//            what the terminal types back to the program.
'use strict';

const { Terminal } = require('@xterm/headless');
const { Unicode11Addon } = require('@xterm/addon-unicode11');

// What is listened to besides the events: the operating system commands that
// terminals are known to act on, whether this one does or not.
const commands = [0, 1, 2, 4, 5, 7, 8, 9, 10, 11, 12, 17, 19, 20, 21, 22, 50, 51, 52, 66,
  99, 104, 105, 110, 111, 112, 117, 119, 133, 176, 633, 697, 701, 705, 777, 1337, 5522, 9001];

let term, seen;

function say(answer) {
  process.stdout.write(JSON.stringify(answer) + '\n');
}

function open({ width, height }) {
  if (term) term.dispose();
  seen = { titles: [], commands: [], bells: 0 };
  term = new Terminal({ cols: width, rows: height, scrollback: 1000, allowProposedApi: true });
  term.loadAddon(new Unicode11Addon());
  term.unicode.activeVersion = '11'; // as VS Code has it
  const mine = seen;
  term.onTitleChange((title) => mine.titles.push(title));
  term.onBell(() => mine.bells++);
  term.onData((text) => say({ reply: Buffer.from(text, 'utf8').toString('base64') }));
  term.onBinary((text) => say({ reply: Buffer.from(text, 'latin1').toString('base64') }));
  for (const number of commands) {
    term.parser.registerOscHandler(number, (data) => {
      mine.commands.push({ number, data });
      return false; // and on to the terminal's own
    });
  }
}

// The looks of a cell that hide, mislead or merely colour.
function look(cell) {
  const marks = [
    ['bold', cell.isBold()], ['dim', cell.isDim()], ['italic', cell.isItalic()],
    ['underline', cell.isUnderline()], ['blink', cell.isBlink()], ['inverse', cell.isInverse()],
    ['invisible', cell.isInvisible()], ['strike', cell.isStrikethrough()], ['overline', cell.isOverline()],
  ].filter(([, on]) => on).map(([name]) => name);
  if (!cell.isFgDefault()) marks.push('fg' + cell.getFgColorMode() + ':' + cell.getFgColor());
  if (!cell.isBgDefault()) marks.push('bg' + cell.getBgColorMode() + ':' + cell.getBgColor());
  return marks.join(' ');
}

// row lists the cells of a line in runs of one look: the text of each column, ""
// for the right half of a wide character.
function row(line) {
  const runs = [];
  for (let x = 0; line && x < term.cols; x++) {
    const cell = line.getCell(x);
    const l = look(cell);
    if (runs.length === 0 || runs[runs.length - 1].look !== l) runs.push({ look: l, cells: [] });
    runs[runs.length - 1].cells.push(cell.getWidth() === 0 ? '' : cell.getChars() || ' ');
  }
  return runs;
}

function state(id) {
  const b = term.buffer.active;
  const screen = [], above = [];
  for (let y = 0; y < b.baseY; y++) above.push(b.getLine(y).translateToString(true));
  for (let y = 0; y < term.rows; y++) screen.push(row(b.getLine(b.baseY + y)));
  say({
    state: id, screen, above, x: b.cursorX, y: b.cursorY,
    alternate: b.type === 'alternate', modes: term.modes, ...seen,
  });
}

function handle(request) {
  if (request.open) return open(request.open);
  if (request.resize) return term.resize(request.resize.width, request.resize.height);
  if (request.write !== undefined) return term.write(Buffer.from(request.write, 'base64'));
  term.write('', () => state(request.state));
}

let rest = '';
process.stdin.setEncoding('latin1');
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) handle(JSON.parse(line));
});
process.stdin.on('end', () => process.exit(0));
