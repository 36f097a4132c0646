{{/*
Rejects combinations of values that the schema accepts one by one, all at once. Each message says which
value is wrong and how to fix it; none shows a secret.
*/}}
{{- define "todo-chatbot.checks" -}}
{{- $problems := concat
  (include "todo-chatbot.databaseChecks" . | fromJsonArray)
  (include "todo-chatbot.secretChecks" . | fromJsonArray)
  (include "todo-chatbot.exposureChecks" . | fromJsonArray)
  (include "todo-chatbot.meshChecks" . | fromJsonArray)
  (include "todo-chatbot.backupChecks" . | fromJsonArray)
  (include "todo-chatbot.proxyChecks" . | fromJsonArray)
  (include "todo-chatbot.mailChecks" . | fromJsonArray)
  (include "todo-chatbot.podChecks" . | fromJsonArray) -}}
{{- with $problems -}}
{{- fail (printf "these values contradict each other:\n- %s" (join "\n- " .)) -}}
{{- end -}}
{{- end }}

{{- define "todo-chatbot.databaseChecks" -}}
{{- $problems := list -}}
{{- with .Values.database -}}
{{- if eq .mode "bundled" -}}
  {{- range $key := list "url" "port" "caCertificate" "caSecret" "podSelector" "keepBundled" -}}
  {{- if get $.Values.database $key -}}
  {{- $problems = append $problems (printf "database.%s is for an external database, but database.mode is bundled: leave it out, or set database.mode=external" $key) -}}
  {{- end -}}
  {{- end -}}
{{- else -}}
  {{- if and .caCertificate .caSecret -}}
  {{- $problems = append $problems "database.caCertificate and database.caSecret are both set: leave one of them out" -}}
  {{- end -}}
  {{- /* Not in the schema, whose message would show the password. */ -}}
  {{- if and .url (not (regexMatch "^postgres(ql)?://" .url)) -}}
  {{- $problems = append $problems "database.url does not begin with postgres:// or postgresql://: set it to such a connection string" -}}
  {{- end -}}
  {{- range $key := list "password" "existingClaim" -}}
  {{- if and (get $.Values.database.bundled $key) (not $.Values.database.keepBundled) -}}
  {{- $problems = append $problems (printf "database.bundled.%s is set, but database.mode is external: leave it out, or set database.mode=bundled" $key) -}}
  {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end }}

{{- define "todo-chatbot.secretChecks" -}}
{{- $problems := list -}}
{{- $database := .Values.database -}}
{{- $keys := .Values.apiKeys -}}
{{- if .Values.secrets.create -}}
  {{- if and (eq $database.mode "external") (not $database.url) -}}
  {{- $problems = append $problems "database.url is empty: set it to the connection string, set database.mode=bundled, or create the Secrets yourself and set secrets.create=false" -}}
  {{- end -}}
  {{- if and (include "todo-chatbot.runsDatabase" .) (not $database.bundled.password) -}}
  {{- $problems = append $problems "database.bundled.password is empty: set it (openssl rand -hex 24 generates one), or create the Secrets yourself and set secrets.create=false" -}}
  {{- end -}}
  {{- if lt (len $keys.jwtSecretKey) 32 -}}
  {{- $problems = append $problems (printf "apiKeys.jwtSecretKey has %d characters and needs 32: set a longer one (openssl rand -hex 32 generates one), or create the Secrets yourself and set secrets.create=false" (len $keys.jwtSecretKey)) -}}
  {{- end -}}
  {{- range $key, $name := .Values.secrets.names -}}
  {{- if $name -}}
  {{- $problems = append $problems (printf "secrets.names.%s is for a Secret that exists already, but secrets.create is true: leave it out, or set secrets.create=false" $key) -}}
  {{- end -}}
  {{- end -}}
{{- else -}}
  {{- $unused := dict "database.url" $database.url "database.bundled.password" $database.bundled.password -}}
  {{- range $key, $value := $keys }}{{ $_ := set $unused (printf "apiKeys.%s" $key) $value }}{{ end -}}
  {{- range $path, $value := $unused -}}
  {{- if $value -}}
  {{- $problems = append $problems (printf "%s is set, but secrets.create is false: put it into the Secret named by secrets.names and leave it out here, or set secrets.create=true" $path) -}}
  {{- end -}}
  {{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end }}

{{- define "todo-chatbot.exposureChecks" -}}
{{- $problems := list -}}
{{- with .Values.services -}}
{{- if and (eq .ipFamilyPolicy "SingleStack") (gt (len .ipFamilies) 1) -}}
{{- $problems = append $problems "services.ipFamilyPolicy is SingleStack, but services.ipFamilies has two: leave one of them out, or set the policy to PreferDualStack or RequireDualStack" -}}
{{- end -}}
{{- end -}}
{{- range $app := list "backend" "frontend" -}}
{{- with (get $.Values $app).service -}}
{{- if and .nodePort (eq .type "ClusterIP") -}}
{{- $problems = append $problems (printf "%s.service.nodePort is %d, but a ClusterIP Service has no port on nodes: leave it out, or set %s.service.type to NodePort or LoadBalancer" $app (int .nodePort) $app) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $nodePort := .Values.frontend.service.nodePort -}}
{{- if and $nodePort (eq (toString $nodePort) (toString .Values.backend.service.nodePort)) -}}
{{- $problems = append $problems (printf "backend.service.nodePort and frontend.service.nodePort are both %d: choose two" (int $nodePort)) -}}
{{- end -}}
{{- with .Values.ingress -}}
{{- if and .tls.enabled (not .enabled) -}}
{{- $problems = append $problems "ingress.tls.enabled is true, but ingress.enabled is false: set ingress.enabled=true, or leave TLS out" -}}
{{- end -}}
{{- if and .enabled .tls.enabled (not .host) -}}
{{- $problems = append $problems "ingress.host is empty, but a certificate is for a host: set ingress.host, or ingress.tls.enabled=false" -}}
{{- end -}}
{{- if and .enabled .tls.enabled (not .tls.secretName) -}}
{{- $problems = append $problems "ingress.tls.secretName is empty: set it to the Secret with the certificate, or set ingress.tls.enabled=false" -}}
{{- end -}}
{{- end -}}
{{- with .Values.gateway -}}
{{- if and .enabled (not .className) (not .parentRefs) -}}
{{- $problems = append $problems "gateway.enabled is true, but the route has no Gateway: set gateway.parentRefs to Gateways that exist, or gateway.className to let the chart create one" -}}
{{- end -}}
{{- if and .className .parentRefs -}}
{{- $problems = append $problems "gateway.className and gateway.parentRefs are both set: set the first to let the chart create a Gateway, or the second to join Gateways that exist" -}}
{{- end -}}
{{- if and .redirectParentRefs (not .parentRefs) -}}
{{- $problems = append $problems "gateway.redirectParentRefs is set, but gateway.parentRefs is empty: set it to the HTTPS listener that requests are redirected to, or leave the redirect out (a Gateway of the chart has its own)" -}}
{{- end -}}
{{- if and .annotations (not .className) -}}
{{- $problems = append $problems "gateway.annotations is set, but the chart creates no Gateway: set gateway.className, or leave them out" -}}
{{- end -}}
{{- if and .tls.enabled (not .enabled) -}}
{{- $problems = append $problems "gateway.tls.enabled is true, but gateway.enabled is false: set gateway.enabled=true, or leave TLS out" -}}
{{- end -}}
{{- if and .enabled .tls.enabled .parentRefs -}}
{{- $problems = append $problems "gateway.tls.enabled is true, but the certificate belongs to the Gateway in gateway.parentRefs: leave TLS out and name the Gateway's HTTPS listener as sectionName" -}}
{{- end -}}
{{- if and .enabled .tls.enabled (not .tls.secretName) -}}
{{- $problems = append $problems "gateway.tls.secretName is empty: set it to the Secret with the certificate, or set gateway.tls.enabled=false" -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end }}

{{- define "todo-chatbot.meshChecks" -}}
{{- $problems := list -}}
{{- with .Values.mesh -}}
{{- if and (eq .mutualTls "strict") (eq .mode "none") -}}
{{- $problems = append $problems "mesh.mutualTls is strict, but mesh.mode is none: set mesh.mode, or mesh.mutualTls=permissive" -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end }}

{{- define "todo-chatbot.backupChecks" -}}
{{- $problems := list -}}
{{- with .Values.backup.s3 -}}
{{- range $key := list "bucket" "existingSecret" -}}
{{- $value := get $.Values.backup.s3 $key -}}
{{- if and $.Values.backup.s3.endpoint (not $value) -}}
{{- $problems = append $problems (printf "backup.s3.%s is empty, but backup.s3.endpoint is set: set both, or leave the endpoint out" $key) -}}
{{- else if and $value (not $.Values.backup.s3.endpoint) -}}
{{- $problems = append $problems (printf "backup.s3.%s is set, but backup.s3.endpoint is empty: set the URL of the server, or leave both out" $key) -}}
{{- end -}}
{{- end -}}
{{- if and .recipients (not .endpoint) -}}
{{- $problems = append $problems "backup.s3.recipients is set, but backup.s3.endpoint is empty: only copies in a bucket are encrypted; set the URL of the server, or leave both out" -}}
{{- end -}}
{{- if and .caCertificate (not (hasPrefix "https:" .endpoint)) -}}
{{- $problems = append $problems "backup.s3.caCertificate is set, but backup.s3.endpoint is not an https URL: set one, or leave the certificate out" -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end }}

{{- define "todo-chatbot.mailChecks" -}}
{{- $problems := list -}}
{{- if .Values.backend.config.SMTP_HOST -}}
{{- range $name := list "SMTP_FROM" "PUBLIC_URL" -}}
{{- if not (get $.Values.backend.config $name) -}}
{{- $problems = append $problems (printf "backend.config.%s is empty, but backend.config.SMTP_HOST is set: set both, or neither" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end }}

{{- define "todo-chatbot.proxyChecks" -}}
{{- $problems := list -}}
{{- with .Values.proxy -}}
{{- if and .existingSecret (not .port) -}}
{{- $problems = append $problems "proxy.port is empty, but proxy.existingSecret is set: set the port of the proxy, or leave both out" -}}
{{- end -}}
{{- range $key := list "port" "noProxy" -}}
{{- if and (get $.Values.proxy $key) (not $.Values.proxy.existingSecret) -}}
{{- $problems = append $problems (printf "proxy.%s is set, but proxy.existingSecret is empty: set the Secret with the URL of the proxy, or leave both out" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end }}

{{- define "todo-chatbot.podChecks" -}}
{{- $problems := list -}}
{{- $secretVariables := list -}}
{{- range (.Files.Get "files/environment.yaml" | fromYaml).variables -}}
{{- if ne .sensitivity "public" }}{{ $secretVariables = append $secretVariables .name }}{{ end -}}
{{- end -}}
{{- $portValues := dict "PORT" "service.targetPort" "METRICS_PORT" "metrics.frontendPort" "PGSSLROOTCERT" "database.caCertificate" -}}
{{- if eq (int .Values.metrics.frontendPort) (int .Values.frontend.service.targetPort) -}}
{{- $problems = append $problems (printf "metrics.frontendPort and frontend.service.targetPort are both %d, which would expose the metrics to everybody: choose two" (int .Values.metrics.frontendPort)) -}}
{{- end -}}
{{- with .Values.shutdown -}}
{{- if le (int .gracePeriodSeconds) (int .preStopSeconds) -}}
{{- $problems = append $problems (printf "shutdown.gracePeriodSeconds is %d and shutdown.preStopSeconds %d, which leaves no time to drain: make the first larger" (int .gracePeriodSeconds) (int .preStopSeconds)) -}}
{{- end -}}
{{- end -}}
{{- range $app := list "backend" "frontend" -}}
{{- with (get $.Values $app).autoscaling -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- $problems = append $problems (printf "%s.autoscaling.minReplicas is %d and maxReplicas %d: make the second at least the first" $app (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $path, $config := dict "config" .Values.config "backend.config" .Values.backend.config "frontend.config" .Values.frontend.config -}}
{{- range $name, $_ := $config -}}
{{- if has $name $secretVariables -}}
{{- $problems = append $problems (printf "%s.%s would be readable in a ConfigMap: put it into a Secret, see apiKeys, database and secrets" $path $name) -}}
{{- else if hasKey $portValues $name -}}
{{- $problems = append $problems (printf "%s.%s is set by the chart: set %s instead" $path $name (get $portValues $name)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $path, $values := dict "backend" .Values.backend "frontend" .Values.frontend "database.bundled" .Values.database.bundled "backup" .Values.backup -}}
{{- range $values.extraEnv -}}
{{- if or (has .name (concat $secretVariables (keys $portValues) (list "PGDATA"))) (hasKey ($values.config | default dict) .name) (and $values.config (hasKey $.Values.config .name)) -}}
{{- $problems = append $problems (printf "%s.extraEnv sets %s, which the chart sets already: remove it, and use the value of the chart for it" $path .name) -}}
{{- end -}}
{{- end -}}
{{- range $name, $_ := $values.podLabels -}}
{{- if hasPrefix "app.kubernetes.io/" $name -}}
{{- $problems = append $problems (printf "%s.podLabels sets %s, which the chart uses to find its pods: choose another label" $path $name) -}}
{{- end -}}
{{- end -}}
{{- range $name, $_ := $values.podAnnotations -}}
{{- if or (has $name (list "checksum/config" "checksum/secrets" "checksum/database-ca")) (hasPrefix "todo-chatbot/" $name) (hasPrefix "helm.sh/hook" $name) -}}
{{- $problems = append $problems (printf "%s.podAnnotations sets %s, which the chart sets itself: remove it" $path $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end }}
