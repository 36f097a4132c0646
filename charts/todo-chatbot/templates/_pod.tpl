{{/* Common to all pods: security, scheduling, and the service mesh. */}}

{{/* Account, security and scheduling of a pod. Takes (list $ "backend" values uid): values with nodeSelector and so on. */}}
{{- define "todo-chatbot.podSpec" -}}
{{- $root := index . 0 -}}
{{- $uid := int (index . 3) -}}
automountServiceAccountToken: {{ $root.Values.serviceAccount.automount }}
{{- with include "todo-chatbot.serviceAccountName" (list $root (index . 1)) }}
serviceAccountName: {{ . }}
{{- /* Kubernetes sets the older field too, and keeps the account by it unless both are removed. */}}
serviceAccount: {{ . }}
{{- end }}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ $uid }}
  runAsGroup: {{ $uid }}
  fsGroup: {{ $uid }}
  {{- /* Always would make the data directory group-writable at each mount, which Postgres rejects. */}}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with index . 2 }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* Spread of an app's pods over nodes; each rollout counts its own pods. Takes (list $ "backend"). */}}
{{- define "todo-chatbot.topologySpread" -}}
topologySpreadConstraints:
  - topologyKey: kubernetes.io/hostname
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "todo-chatbot.selectorLabels" . | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
{{- end }}

{{/*
Values of an app with the spread of its pods over zones added to its affinity. A second topology spread constraint
would not do: on a cluster without zones the scheduler then ignores the one for nodes too. Takes (list $ "backend").
*/}}
{{- define "todo-chatbot.spreadOverZones" -}}
{{- $values := index (index . 0).Values (index . 1) -}}
{{- $term := dict "topologyKey" "topology.kubernetes.io/zone" "matchLabelKeys" (list "pod-template-hash") -}}
{{- $_ := set $term "labelSelector" (dict "matchLabels" (include "todo-chatbot.selectorLabels" . | fromYaml)) -}}
{{- $preferred := list (dict "weight" 100 "podAffinityTerm" $term) -}}
{{- $own := dict "podAntiAffinity" (dict "preferredDuringSchedulingIgnoredDuringExecution" $preferred) -}}
{{- toYaml (merge (dict "affinity" (merge (deepCopy $values.affinity) $own)) $values) -}}
{{- end }}

{{/* Image and security of a container. Takes an `image` value. */}}
{{- define "todo-chatbot.container" -}}
image: {{ include "todo-chatbot.image" . | quote }}
imagePullPolicy: {{ .pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* Labels of a pod. Takes (list $ "backend" podLabels), and the version of an app. */}}
{{- define "todo-chatbot.podLabels" -}}
{{- $root := index . 0 -}}
{{- $labels := include "todo-chatbot.selectorLabels" (list $root (index . 1)) | fromYaml -}}
{{- $_ := set $labels "app.kubernetes.io/part-of" $root.Chart.Name -}}
{{- if gt (len .) 3 }}{{ $_ := set $labels "app.kubernetes.io/version" (last .) }}{{ end -}}
{{- $labels = merge $labels ((include "todo-chatbot.mesh" $root | fromYaml).labels | default dict) -}}
{{- /* Each in quotes: some parsers read a tag like 90e420898015 as a number. */ -}}
{{- $lines := list -}}
{{- range $key, $value := mergeOverwrite $labels (index . 2) }}{{ $lines = append $lines (printf "%s: %s" $key (quote $value)) }}{{ end -}}
{{- join "\n" $lines -}}
{{- end }}

{{/* ---- Service mesh ---- */}}

{{/* How pods join the mesh, from files/mesh.yaml. */}}
{{- define "todo-chatbot.mesh" -}}
{{ get (.Files.Get "files/mesh.yaml" | fromYaml) .Values.mesh.mode | toYaml }}
{{- end }}

{{/* Annotations of a pod: the mesh's, overridden by podAnnotations. Takes (list $ "backend" podAnnotations). */}}
{{- define "todo-chatbot.podAnnotations" -}}
{{- $root := index . 0 -}}
{{- $mesh := include "todo-chatbot.mesh" $root | fromYaml -}}
{{- $annotations := $mesh.annotations | default dict -}}
{{- if and (eq (index . 1) "frontend") (include "todo-chatbot.bypassesSidecar" $root) -}}
{{- $_ := set $annotations $mesh.skipInbound ($root.Values.frontend.service.targetPort | toString) -}}
{{- end -}}
{{- /* Postgres waits for an answer to its first bytes, and linkerd ten seconds for more of them, unless it knows the port. */ -}}
{{- if and $mesh.skipOutbound (eq $root.Values.database.mode "external") (has (index . 1) (list "backend" "backup")) -}}
{{- with include "todo-chatbot.externalDatabasePort" $root -}}
{{- if ne . "5432" }}{{ $_ := set $annotations $mesh.skipOutbound . }}{{ end -}}
{{- end -}}
{{- end -}}
{{- with mergeOverwrite $annotations (index . 2) }}{{ toYaml . }}{{ end -}}
{{- end }}

{{/*
Whether requests for the web UI go around the frontend's sidecar: `true` or empty. They come from outside the mesh, and
a sidecar would hide the clients' addresses, which the rate limits count by, unless a proxy in front forwards them.
*/}}
{{- define "todo-chatbot.bypassesSidecar" -}}
{{- $isBehindProxy := or .Values.ingress.enabled .Values.gateway.enabled (eq .Values.frontend.service.type "ClusterIP") -}}
{{- if and (include "todo-chatbot.mesh" . | fromYaml).sidecars (not $isBehindProxy) }}true{{ end -}}
{{- end }}

{{/*
CPU by which the number of an app's pods is chosen. Beside a sidecar it is the app's own: a share of the pod's request can't
be told while the sidecar has none. Takes (list $ "backend").
*/}}
{{- define "todo-chatbot.cpuMetric" -}}
{{- $root := index . 0 -}}
{{- $app := index . 1 -}}
{{- $target := dict "type" "Utilization" "averageUtilization" (int (get $root.Values $app).autoscaling.targetCPUUtilizationPercentage) -}}
{{- if (include "todo-chatbot.mesh" $root | fromYaml).sidecars -}}
- type: ContainerResource
  containerResource:
    name: cpu
    container: {{ $app }}
    target:
      {{- toYaml $target | nindent 6 }}
{{- else -}}
- type: Resource
  resource:
    name: cpu
    target:
      {{- toYaml $target | nindent 6 }}
{{- end }}
{{- end }}

{{/* appProtocol of a Service's port, only for a mesh: some load balancers derive health checks from it. Takes (list $ "http"). */}}
{{- define "todo-chatbot.appProtocol" -}}
{{- if ne (index . 0).Values.mesh.mode "none" -}}
appProtocol: {{ index . 1 }}
{{- end }}
{{- end }}

{{/* TCP ports of a policy between pods of the release. Takes (list $ 8000). */}}
{{- define "todo-chatbot.podPorts" -}}
- port: {{ index . 1 }}
  protocol: TCP
{{- with (include "todo-chatbot.mesh" (index . 0) | fromYaml).tunnelPort }}
- port: {{ . }}
  protocol: TCP
{{- end }}
{{- end }}
