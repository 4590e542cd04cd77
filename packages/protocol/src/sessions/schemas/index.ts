export * from './control.ts'
export * from './messages.ts'
