{{/* What all pods of the release have in common. */}}

{{/* Labels of pods. Takes (list $ "backend" podLabels). */}}
{{- define "todo-chatbot.podLabels" -}}
{{- $root := index . 0 -}}
{{- $labels := include "todo-chatbot.selector" (list $root (index . 1)) | fromYaml -}}
{{- $_ := set $labels "app.kubernetes.io/part-of" $root.Chart.Name -}}
{{- if eq $root.Values.mesh.mode "istio" }}{{ $_ := set $labels "sidecar.istio.io/inject" "true" }}{{ end -}}
{{- mergeOverwrite $labels (index . 2) | toYaml -}}
{{- end }}

{{/* Annotations of pods. Takes (list $ <the chart's own, as YAML> podAnnotations); the last win. */}}
{{- define "todo-chatbot.podAnnotations" -}}
{{- $root := index . 0 -}}
{{- mergeOverwrite (include "todo-chatbot.meshAnnotations" $root | fromYaml) (index . 1 | fromYaml) (index . 2) | toYaml -}}
{{- end }}

{{/* Annotations that make pods join the mesh, with native sidecars so that a test pod can end. Takes $. */}}
{{- define "todo-chatbot.meshAnnotations" -}}
{{- if eq .Values.mesh.mode "istio" }}
sidecar.istio.io/nativeSidecar: "true"
sidecar.istio.io/rewriteAppHTTPProbers: "true"
{{- else if eq .Values.mesh.mode "linkerd" }}
linkerd.io/inject: enabled
config.beta.linkerd.io/proxy-enable-native-sidecar: "true"
{{- end }}
{{- end }}

{{/* Security and placement of a pod. Takes (list $ values uid): values with nodeSelector, tolerations and so on. */}}
{{- define "todo-chatbot.podSpec" -}}
{{- $root := index . 0 -}}
{{- $uid := int (index . 2) -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ $uid }}
  runAsGroup: {{ $uid }}
  fsGroup: {{ $uid }}
  {{- /* Postgres refuses a data directory that its group may read, which a change at every mount would make it. */}}
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

{{/* One environment variable from a Secret. Takes (list $ "auth" "JWT_SECRET_KEY" optional). */}}
{{- define "todo-chatbot.secretVariable" -}}
- name: {{ index . 2 }}
  valueFrom:
    secretKeyRef:
      name: {{ include "todo-chatbot.secretName" (list (index . 0) (index . 1)) }}
      key: {{ index . 2 }}
      {{- if index . 3 }}
      optional: true
      {{- end }}
{{- end }}

{{/* What a Service tells the mesh about a port. Without a mesh it stays away: some load balancers probe by it. Takes (list $ "http"). */}}
{{- define "todo-chatbot.appProtocol" -}}
{{- $root := index . 0 -}}
{{- if ne $root.Values.mesh.mode "none" }}
appProtocol: {{ index . 1 }}
{{- end }}
{{- end }}
