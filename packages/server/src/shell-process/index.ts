export { type HostRecord, SHELL_HOST_PROTOCOL } from './host-record.ts'
export { type ServedShellHost, type ServeShellHostOptions, serveShellHost } from './serve-shell-host.ts'
export { ShellProcess, type ShellProcessOptions } from './shell-process.ts'
