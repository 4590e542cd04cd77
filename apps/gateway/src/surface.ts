// What others need to know of a gateway that they do not run: quick to load, for it loads nothing else.

export { commandName } from './command-name.ts'
export { commandWords } from './config/command-words.ts'
export { BACKUP_PATH } from './requests/backup-path.ts'
export { type GatewayFlags, SETTINGS, type Setting } from './settings.ts'
