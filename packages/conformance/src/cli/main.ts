#!/usr/bin/env node
import process from 'node:process'
import { runCommand } from './command.ts'

process.exitCode = await runCommand(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  pipes: { input: process.stdin, output: process.stdout },
  env: process.env,
})
