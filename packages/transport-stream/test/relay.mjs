// Carries its standard input and output to the Unix socket that it is given, and ends as that ends.
import { connect } from 'node:net'

const socket = connect(process.argv[2] ?? '')
process.stdin.pipe(socket)
socket.pipe(process.stdout)
process.stdout.on('error', () => process.exit(1))
socket.on('error', () => process.exit(1))
socket.on('close', () => process.exit(0))
