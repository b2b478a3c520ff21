import type { ReactElement } from 'react'
import { useEffect } from 'react'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { HypervisorsPage, ImagesPage, LabsPage } from '@/panels/index.ts'
import { LabPage } from './LabPage.tsx'
import { LiveRegion, NoticesToToasts } from './Notices.tsx'
import { onLinkClick, routeOf, usePath } from './routes.ts'
import { theme } from './theme.ts'

/** The policy of the page lets only style elements with the nonce of the answer through. */
const nonce = (): string =>
  document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? ''

// Dialogs hold the page still by a style element of get-nonce's, which looks here.
Object.assign(window, { __webpack_nonce__: nonce() })

export function App(): ReactElement {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={nonce}>
      <Notifications position="bottom-center" limit={4} autoClose={6000} mb={56} />
      <NoticesToToasts />
      <LiveRegion />
      <Page />
    </MantineProvider>
  )
}

function Page(): ReactElement {
  const route = routeOf(usePath(), location.search)
  useEffect(() => {
    document.addEventListener('click', onLinkClick)
    return () => document.removeEventListener('click', onLinkClick)
  }, [])
  switch (route.page) {
    case 'labs':
      return <LabsPage />
    case 'images':
      return <ImagesPage />
    case 'hypervisors':
      return <HypervisorsPage />
    case 'lab':
      return <LabPage key={route.id} id={route.id} />
    case 'console':
      return <LabPage key={route.id} id={route.id} only={route} />
    case 'nothing':
      return (
        <main className="tl-centre">
          <div>
            <h1>There is no such page</h1>
            <p>
              <a href="/">To the labs</a>
            </p>
          </div>
        </main>
      )
  }
}
