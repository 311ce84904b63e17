variable "cluster_name" {
  description = "clusterName of the configuration, the value of the tag gleaner.dev/cluster"
  type        = string
}

variable "queue_name" {
  description = "aws.interruptionQueue of the configuration"
  type        = string
  default     = "gleaner"
}

variable "node_role_name" {
  description = "Name for the nodes' role and instance profile, aws.instanceProfile of the configuration"
  type        = string
  default     = "gleaner-node"
}

variable "create_node_role" {
  description = "Whether to make that role; false where one of this name is there"
  type        = bool
  default     = true
}

variable "oidc_provider" {
  description = "For IRSA the cluster's issuer without https://; empty for EKS Pod Identity"
  type        = string
  default     = ""
}

variable "checkpoint_bucket" {
  description = "A bucket in which checkpoints are looked for (checkpoints.allowedPrefixes); empty for none"
  type        = string
  default     = ""
}
