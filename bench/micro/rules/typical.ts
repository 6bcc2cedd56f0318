/** Ten rules as operators write them. None matches the benches' records, so each record meets all of them. */
export const TYPICAL_RULES: Readonly<Record<string, string>> = {
  'a severity': 'severity_number < SEVERITY_NUMBER_DEBUG',
  'a resource attribute': 'resource.attributes["k8s.namespace.name"] == "kube-system"',
  'a pattern of fixed text': 'IsMatch(body, ".*password.*")',
  'an anchored pattern': 'IsMatch(body, "^(GET|HEAD) /(healthz|readyz)")',
  'a pattern without case': 'IsMatch(body, "(?i)heartbeat")',
  'a pattern with a class': 'IsMatch(body, "user=\\\\d+ deleted")',
  'an attribute': 'attributes["http.route"] == "/metrics"',
  'an attribute and a number':
    'attributes["http.request.method"] == "OPTIONS" and attributes["http.response.status_code"] < 400',
  'a missing attribute': 'attributes["debug"] != nil and attributes["debug"] == true',
  'a scope': 'scope.name == "io.example.noisy" or HasPrefix(scope.name, "internal.")',
}
