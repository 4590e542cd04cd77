export { CodeBlock, CopyButton, Diff } from './code-block.tsx'
export { replacement } from './diff.ts'
export { Printed } from './printed.tsx'
export { RichText } from './rich-text.tsx'
