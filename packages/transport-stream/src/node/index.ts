/// <reference types="node" preserve="true" />
export { CHILD_STDIO_DEFAULTS, type ChildStdioOptions, childStdio } from './child-stdio.ts'
export { NODE_SOCKET_DEFAULTS, type NodeSocketOptions, nodeSocket, socketChannel } from './node-socket.ts'
