/** Who sits in front of this tab. */
export interface User {
  [field: string]: string;
  id: string;
  name: string;
}

const NAMES = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Ken"];

/**
 * Made up once per browser, so that its tabs are one person; `?as=Ada` makes a tab somebody else's. Who has the same name is the same
 * person here. An application with accounts has a session instead, and its authorization route asks that.
 */
export function currentUser(): User {
  const asked = new URLSearchParams(location.search).get("as")?.trim();
  if (asked) sessionStorage.setItem("name", asked);
  const name = sessionStorage.getItem("name") ?? localStorage.getItem("name") ?? anyName();
  return { id: name.toLowerCase(), name };
}

function anyName(): string {
  const name = NAMES[Math.floor(Math.random() * NAMES.length)];
  localStorage.setItem("name", name);
  return name;
}
