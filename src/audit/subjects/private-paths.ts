/** Words of a path whose answers are likely to be one person's own, or must be fresh. */
const privateWords =
  /(?:^|[/_.-])(?:log-?in|log-?out|sign-?(?:in|up|out)|register|auth(?!or)\w*|oauth2?|sso|saml|tokens?|sessions?|accounts?|profiles?|users?|members?|customers?|admin\w*|staff|manage|dashboard|settings|preferences|carts?|baskets?|checkout|orders?|invoices?|payments?|billing|subscriptions?|wallet|messages?|inbox|chat|notifications?|favou?rites|wishlist|recommendations|private|internal|secure|webhooks?|callbacks?|hooks?|graphql|rpc|trpc|uploads?|exports?|csrf|search-history|health\w*|ready|readyz|live|livez|ping|status|metrics|version|debug)(?:$|[/_.?-])/i;

/** Short words that are part of many others: `/cache-me`, `/real-time`. Only as a whole segment. */
const privateSegments = /(?:^|\/)(?:me|my|now|time|random)(?:$|[/?])/i;

/** Whether answers under a path should not be kept for others. */
export function looksPrivate(path: string): boolean {
  return privateWords.test(path) || privateSegments.test(path);
}

/** Whether a location's regular expression or prefix takes nothing but files: `\.(css|js)$`, `/static/`. */
export function isAssets(modifier: string, path: string): boolean {
  if (modifier.startsWith('~'))
    return (
      /\\\.\(?(?:\?:)?[\w|?.\\+*]*\)?\$$/.test(path) &&
      /\b(?:css|js|png|jpe|jpg|svg|ico|woff|gif|webp)/.test(path) &&
      !/\b(?:php|json|html?)\b/.test(path)
    );
  return /^\/(?:static|assets|_next\/static|_nuxt|dist|public|build|js|css|img|images|fonts|favicon\.ico|robots\.txt)(?:\/|$)/.test(
    path,
  );
}
