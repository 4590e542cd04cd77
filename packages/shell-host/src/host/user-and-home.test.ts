import { expect, it } from 'vitest'
import { userAndHome } from './user-and-home.ts'

const someone = () => ({ username: 'ann', homedir: '/home/ann' })
const nobodyKnown = (): never => {
  throw new Error('uv_os_get_passwd returned ENOENT')
}
const folders =
  (...paths: readonly string[]) =>
  (path: string) =>
    paths.includes(path)

it('the name and home of a user with an entry are taken from it, without a note', () => {
  const found = userAndHome({ account: someone, env: {}, uid: 1000, isFolder: folders('/home/ann', '/') })
  expect(found).toEqual({ user: 'ann', home: '/home/ann', notes: [] })
})

it('the name and home of a user id without an entry are taken from the environment, with a note', () => {
  const env = { HOME: '/app', USER: 'default' }
  const found = userAndHome({ account: nobodyKnown, env, uid: 12345, isFolder: folders('/app', '/') })
  expect(found).toEqual({
    user: 'default',
    home: '/app',
    notes: ['User id 12345 has no entry in the list of users: its shells run as "default".'],
  })
})

it('the shells of an unknown user id without a home begin in the root folder', () => {
  const found = userAndHome({ account: nobodyKnown, env: {}, uid: 12345, isFolder: folders('/') })
  expect(found).toEqual({
    user: '12345',
    home: '/',
    notes: [
      'User id 12345 has no entry in the list of users: its shells run as "12345".',
      'There is no home folder: shells begin in /.',
    ],
  })
})

it('a home that was never made is replaced by a folder that others cannot write, with a note', () => {
  const found = userAndHome({ account: someone, env: {}, uid: 1000, isFolder: folders('/tmp', '/') })
  expect(found).toEqual({
    user: 'ann',
    home: '/',
    notes: ['There is no home folder /home/ann: shells begin in /.'],
  })
})

it('the home of the user of this process is found', () => {
  expect(userAndHome().home).toMatch(/^\//)
})
