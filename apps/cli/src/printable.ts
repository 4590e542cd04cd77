/** Nothing of a session may drive the terminal: control characters other than line ends and tabs are taken out. */
export function printable(text: string): string {
  return text
    .replace(/\u001B\[[0-9;:?<=>]*[ -/]*[@-~]/g, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '')
}
