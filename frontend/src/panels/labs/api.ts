/** The labs as the server lists them, and what can be done to one. */

import { http } from '@/live/http.ts'

export interface Lab {
  id: string
  name: string
  description: string
  team: string
  role: string
  revision: number
  changed: string
  deployed: boolean
}

export interface Template {
  slug: string
  title: string
  description: string
  hosts: number
}

export interface NewLab {
  name: string
  template?: string
  text?: string
}

export const labs = {
  list: () => http.get<Lab[]>('/api/labs'),
  templates: () => http.get<Template[]>('/api/templates'),
  create: (lab: NewLab) => http.post<Lab>('/api/labs', lab),
  rename: (id: string, name: string) => http.patch<Lab>(`/api/labs/${id}`, { name }),
  delete: (id: string) => http.delete(`/api/labs/${id}`),
  documentUrl: (id: string, format: 'yaml' | 'json') => `/api/labs/${id}/document?format=${format}`,
}
