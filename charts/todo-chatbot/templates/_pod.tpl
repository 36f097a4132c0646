{{/* Common to all pods: security, scheduling, and the service mesh. */}}

{{/* Account, security and scheduling of a pod. Takes (list $ values uid): values with nodeSelector and so on. */}}
{{- define "todo-chatbot.podSpec" -}}
{{- $root := index . 0 -}}
{{- $uid := int (index . 2) -}}
automountServiceAccountToken: {{ $root.Values.serviceAccount.automount }}
{{- with include "todo-chatbot.serviceAccountName" $root }}
serviceAccountName: {{ . }}
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
{{- with index . 1 }}
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
{{- if eq $root.Values.mesh.mode "istio" }}{{ $_ := set $labels "sidecar.istio.io/inject" "true" }}{{ end -}}
{{- /* Each in quotes: some parsers read a tag like 90e420898015 as a number. */ -}}
{{- $lines := list -}}
{{- range $key, $value := mergeOverwrite $labels (index . 2) }}{{ $lines = append $lines (printf "%s: %s" $key (quote $value)) }}{{ end -}}
{{- join "\n" $lines -}}
{{- end }}

{{/*
Annotations of a pod: the mesh's, overridden by podAnnotations. Sidecars are native, so that pods of Jobs
and tests can complete. Takes (list $ podAnnotations).
*/}}
{{- define "todo-chatbot.podAnnotations" -}}
{{- $mesh := dict
  "none" dict
  "istio" (dict "sidecar.istio.io/nativeSidecar" "true" "sidecar.istio.io/rewriteAppHTTPProbers" "true")
  "linkerd" (dict "linkerd.io/inject" "enabled" "config.beta.linkerd.io/proxy-enable-native-sidecar" "true") -}}
{{- with mergeOverwrite (get $mesh (index . 0).Values.mesh.mode) (index . 1) }}{{ toYaml . }}{{ end -}}
{{- end }}

{{/* appProtocol of a Service's port, only for a mesh: some load balancers derive health checks from it. Takes (list $ "http"). */}}
{{- define "todo-chatbot.appProtocol" -}}
{{- if ne (index . 0).Values.mesh.mode "none" -}}
appProtocol: {{ index . 1 }}
{{- end }}
{{- end }}

{{/* TCP ports of a policy between pods of the release; linkerd redirects traffic to port 4143 of its proxy. Takes (list $ 8000). */}}
{{- define "todo-chatbot.podPorts" -}}
- port: {{ index . 1 }}
  protocol: TCP
{{- if eq (index . 0).Values.mesh.mode "linkerd" }}
- port: 4143
  protocol: TCP
{{- end }}
{{- end }}
