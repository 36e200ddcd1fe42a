/** Who sits in front of this tab. */
export interface User {
  [field: string]: string;
  id: string;
  name: string;
}

const NAMES = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Ken"];

/**
 * Made up once per tab, so that two tabs are two people; `?as=Ada` chooses the name. An application with accounts has a
 * session instead, and its authorization route asks that.
 */
export function currentUser(): User {
  const known = sessionStorage.getItem("user");
  if (known !== null) return JSON.parse(known) as User;
  const asked = new URLSearchParams(location.search).get("as");
  const user = { id: crypto.randomUUID(), name: asked ?? NAMES[Math.floor(Math.random() * NAMES.length)] };
  sessionStorage.setItem("user", JSON.stringify(user));
  return user;
}
