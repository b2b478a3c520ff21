import { expect, test } from 'vitest'
import { routeOf } from '@/app/routes.ts'
import { age } from '@/app/Banners.tsx'

test('addresses', () => {
  expect(routeOf('/')).toEqual({ page: 'labs' })
  expect(routeOf('/hypervisors/')).toEqual({ page: 'hypervisors' })
  expect(routeOf('/labs/0f0e-1')).toEqual({ page: 'lab', id: '0f0e-1' })
  expect(routeOf('/admin/')).toEqual({ page: 'nothing' })
})

test('ages in words', () => {
  expect([5, 89, 300, 7200].map(age)).toEqual(['5 s', '89 s', '5 min', '2 h'])
})
