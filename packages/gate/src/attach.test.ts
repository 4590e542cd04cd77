import { createServer, IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { attachEndpoints, type Endpoints } from './attach.ts'

/** A server whose application answers everything, and what came to whom. */
function fixture() {
  const seen: string[] = []
  const server = createServer((request) => void seen.push(`application ${request.url}`))
  server.on('upgrade', (request) => seen.push(`application upgrade ${request.url}`))
  const endpoints = (name: string): Endpoints => ({
    upgrades: [
      { handles: (path) => path === `/${name}`, upgrade: ({ url }) => void seen.push(`${name} upgrade ${url}`) },
    ],
    requests: [{ handles: ({ url }) => url === `/${name}`, handle: ({ url }) => void seen.push(`${name} ${url}`) }],
  })
  const ask = (url: string): readonly string[] => {
    seen.length = 0
    const message = new IncomingMessage(new Socket())
    Object.assign(message, { url, headers: { host: 'host' } })
    server.emit('request', message, new ServerResponse(message))
    server.emit('upgrade', message, new Socket(), Buffer.alloc(0))
    return [...seen]
  }
  return { server, endpoints, ask }
}

it('endpoints stand in front of an application that has WebSockets of its own', () => {
  const { server, endpoints, ask } = fixture()
  const detach = attachEndpoints(server, endpoints('hub'))
  expect(ask('/hub')).toEqual(['hub /hub', 'hub upgrade /hub'])
  expect(ask('/mine')).toEqual(['application /mine', 'application upgrade /mine'])
  detach()
  expect(ask('/hub')).toEqual(['application /hub', 'application upgrade /hub'])
})

it('endpoints that leave from behind others only step aside', () => {
  const { server, endpoints, ask } = fixture()
  const leave = attachEndpoints(server, endpoints('hub'))
  attachEndpoints(server, endpoints('shells'))
  leave()
  expect(ask('/hub')).toEqual(['application /hub', 'application upgrade /hub'])
  expect(ask('/shells')).toEqual(['shells /shells', 'shells upgrade /shells'])
})
