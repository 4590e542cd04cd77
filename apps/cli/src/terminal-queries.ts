/**
 * Questions that a terminal answers as if they were typed: device status and attributes, modes, colours, settings,
 * version (ECMA-48, xterm control sequences).
 */
const QUERIES: RegExp = new RegExp(
  [
    // Device attributes and status: CSI [>=?] … c, CSI [?] … n
    String.raw`\x1b\[[>=?]?[\d;]*[cn]`,
    // Modes, version, keyboard, terminal parameters
    String.raw`\x1b\[\??[\d;]*\$p`,
    String.raw`\x1b\[>[\d;]*q`,
    String.raw`\x1b\[\?[\d;]*u`,
    String.raw`\x1b\[[\d;]*x`,
    // Window and text area reports
    String.raw`\x1b\[(?:1[1-9]|2[01])t`,
    // DECID; colours and other OSC with a question mark; DECRQSS and XTGETTCAP
    String.raw`\x1bZ`,
    String.raw`\x1b\][\d;]*\?(?:\x07|\x1b\\)`,
    String.raw`\x1bP[+$]q[^\x1b]*\x1b\\`,
  ].join('|'),
  'g',
)

/**
 * Replayed output without the questions in it: they were asked long ago, and the answers would be typed into the
 * shell (shell §6). Bytes are kept as they are.
 */
export function withoutQueries(replayed: Uint8Array): Uint8Array {
  // One character a byte, so that nothing but the queries changes.
  const text = Buffer.from(replayed.buffer, replayed.byteOffset, replayed.length).toString('latin1')
  if (!text.includes('\u001B')) return replayed
  return Buffer.from(text.replace(QUERIES, ''), 'latin1')
}
