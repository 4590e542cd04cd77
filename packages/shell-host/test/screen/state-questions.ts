/** The screen that is asked about. */
export const STATE_SIZE = { width: 78, height: 24 }

const ESC = '\u001b'
/** DECRQCRA of the first ten cells of two rows; DECCIR; DECTABSR. */
const SUM = `${ESC}[1;1;1;1;2;10*y`
const CURSOR = `${ESC}[1$w`
const TABS = `${ESC}[2$w`
const cells = (output: string): string => `${output}${SUM}`
const cursor = (output: string): string => `${output}${CURSOR}`
const bytes = (...values: readonly number[]): string => String.fromCharCode(...values)

/**
 * What a program prints and asks, one character a byte. What terminals answer is in `xterm-answers.json`, as xterm 379 of
 * Debian said it: `pnpm test:interop-system` asks it again.
 */
export const STATE_QUESTIONS: Readonly<Record<string, string>> = {
  'sum of nothing': cells(''),
  'sum of letters': cells('abc'),
  'sum of words': cells('a b'),
  'sum of a space at first': cells(' ab'),
  'sum of spaces at the end': cells('a   '),
  'sum of two rows': cells('ab\r\n  c'),
  'sum behind the first cell': cells(`${ESC}[1;4Hx`),
  'sum of a tab': cells('a\tb'),
  'sum of bold': cells(`${ESC}[1ma`),
  'sum of a bold space': cells(`x${ESC}[1m ${ESC}[m`),
  'sum of underlined': cells(`${ESC}[4ma`),
  'sum of twice underlined': cells(`${ESC}[21ma`),
  'sum of inverse': cells(`${ESC}[7ma`),
  'sum of blinking': cells(`${ESC}[5ma`),
  'sum of all four': cells(`${ESC}[1;4;5;7mab`),
  'sum of what is hidden': cells(`x${ESC}[8mabc`),
  'sum of what is protected': cells(`x${ESC}[1"qa`),
  'sum of italic and faint': cells(`x${ESC}[2;3m `),
  'sum of colours': cells(`${ESC}[31;44ma${ESC}[m`),
  'sum of an erased background': cells(`abcd${ESC}[1;3H${ESC}[41m${ESC}[K`),
  'sum of an erased line': cells(`abcd${ESC}[2K`),
  'sum of an erased end': cells(`abcd${ESC}[1;3H${ESC}[K`),
  'sum of an erased screen': cells(`abcd${ESC}[2J`),
  'sum of deleted characters': cells(`abcd${ESC}[1;2H${ESC}[2P`),
  'sum of a repeated character': cells(`a${ESC}[3b`),
  'sum of accents': cells(bytes(0xc3, 0xa9, 0x78, 0xcc, 0x81)),
  'sum of a wide character': cells(bytes(0xe6, 0xa9, 0x8b)),
  'sum of a euro sign': cells(bytes(0xe2, 0x82, 0xac)),
  'sum of lines and corners': cells(`${ESC}(0lqk${ESC}(B`),
  'sum of a pound sign': cells(`${ESC}(A#${ESC}(B`),
  'sum of the alternate screen': cells(`abc${ESC}[?1049h`),
  'sum on another page': `abc${ESC}[7;2;1;1;1;5*y`,
  'sum of a rectangle that ends before it begins': `abc${ESC}[7;1;1;5;1;2*y`,
  'sum beyond the screen': `abc${ESC}[7;1;1;1;999;999*y`,
  'sum of the whole page': `abc${ESC}[7;1;0;0;0;0*y`,
  'sum from an origin': `abc\r\ndef${ESC}[2;5r${ESC}[?6h${ESC}[7;1;1;1;1;5*y`,
  'sum with a large label': `abc${ESC}[65536;1;1;1;1;1*y`,
  'cursor at first': cursor(''),
  'cursor moved': cursor(`${ESC}[3;7H`),
  'cursor bold': cursor(`${ESC}[1m`),
  'cursor with all four': cursor(`${ESC}[1;4;5;7m`),
  'cursor twice underlined': cursor(`${ESC}[21m`),
  'cursor that protects': cursor(`${ESC}[1"q`),
  'cursor below an origin': cursor(`${ESC}[2;5r${ESC}[?6h${ESC}[2;2H`),
  'cursor that waits to wrap': cursor(`${ESC}[1;78HX`),
  'cursor that draws lines': cursor(`${ESC}(0`),
  'cursor with another set': cursor(`${ESC})0\u000e`),
  'cursor with four sets': cursor(`${ESC}(A${ESC}*0${ESC}+A`),
  'cursor with a shift': cursor(`${ESC}n`),
  'tab stops at first': TABS,
  'tab stops of a program': `${ESC}[3g${ESC}[5G${ESC}H${ESC}[11G${ESC}H${TABS}`,
  'no tab stops': `${ESC}[3g${TABS}`,
  'no such report': `${ESC}[0$w${ESC}[3$w`,
  // A terminal without graphics says nothing to it.
  'kitty graphics': `${ESC}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA${ESC}\\`,
  // Single bytes from 0x80 to 0x9f are no C1 characters where characters are UTF-8.
  'DA1 in a byte': `${bytes(0x9b)}c`,
  'DSR in a byte': `${bytes(0x9b)}5n`,
  'OSC 4 in bytes': `${bytes(0x9d)}4;1;?${bytes(0x9c)}\u0007`,
  'DECRQSS in bytes': `${bytes(0x90)}$qr${bytes(0x9c)}`,
  'DECID in a byte': bytes(0x9a),
}
