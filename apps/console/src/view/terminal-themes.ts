import type { ITheme } from '@xterm/xterm'
import type { ThemeName } from '../state/shells/terminal-settings.ts'

const DARK: ITheme = {
  background: '#10151c',
  foreground: '#e4e9f0',
  cursor: '#7cc4ff',
  cursorAccent: '#10151c',
  selectionBackground: '#2f5f8f',
}

/** The sixteen colours are dark enough to be read on white: at least 4.5 to 1. */
const LIGHT: ITheme = {
  background: '#ffffff',
  foreground: '#17202b',
  cursor: '#0b5cb0',
  cursorAccent: '#ffffff',
  selectionBackground: '#b5d5f8',
  black: '#17202b',
  red: '#b3261e',
  green: '#1a7f37',
  yellow: '#8a5300',
  blue: '#0b5cb0',
  magenta: '#8b3fa0',
  cyan: '#0f6f7a',
  white: '#52606f',
  brightBlack: '#5c6773',
  brightRed: '#c5221f',
  brightGreen: '#11772d',
  brightYellow: '#7a5c00',
  brightBlue: '#1a66c9',
  brightMagenta: '#9a32b5',
  brightCyan: '#0b6f85',
  brightWhite: '#3a4757',
}

const CONTRAST: ITheme = {
  background: '#000000',
  foreground: '#ffffff',
  cursor: '#ffff00',
  cursorAccent: '#000000',
  selectionBackground: '#0050b5',
}

/** The colours of a theme; `page` follows what the page is seen in. */
export function themeOf(name: ThemeName): ITheme {
  if (name === 'contrast') return CONTRAST
  if (name === 'light') return LIGHT
  if (name === 'page') return matchMedia('(prefers-color-scheme: light)').matches ? LIGHT : DARK
  return DARK
}
