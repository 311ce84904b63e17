# What Gleaner needs of an AWS account: its role, the role and instance profile of its nodes, the queue of interruption
# notices and the rules that fill it. The same as cloudformation.yaml, and with the same policy.json.
#
#   module "gleaner" {
#     source       = "./deploy/aws/terraform"
#     cluster_name = "training"
#   }

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition

  irsa_trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:${local.partition}:iam::${local.account}:oidc-provider/${var.oidc_provider}" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${var.oidc_provider}:aud" = "sts.amazonaws.com"
          "${var.oidc_provider}:sub" = "system:serviceaccount:gleaner:gleaner"
        }
      }
    }]
  })

  pod_identity_trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = {
          "aws:SourceAccount"                         = local.account
          "aws:RequestTag/kubernetes-namespace"       = "gleaner"
          "aws:RequestTag/kubernetes-service-account" = "gleaner"
        }
      }
    }]
  })
}

resource "aws_iam_role" "gleaner" {
  name_prefix        = "gleaner-"
  description        = "Gleaner of the cluster ${var.cluster_name}"
  assume_role_policy = var.oidc_provider == "" ? local.pod_identity_trust : local.irsa_trust
}

resource "aws_iam_role_policy" "gleaner" {
  name = "gleaner"
  role = aws_iam_role.gleaner.id
  policy = templatefile("${path.module}/../policy.json", {
    partition = local.partition
    region    = data.aws_region.current.name
    account   = local.account
    cluster   = var.cluster_name
    node_role = var.node_role_name
    queue     = aws_sqs_queue.notices.name
  })
}

resource "aws_iam_role_policy" "checkpoints" {
  count = var.checkpoint_bucket == "" ? 0 : 1
  name  = "gleaner-checkpoints"
  role  = aws_iam_role.gleaner.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:ListBucket"
      Resource = "arn:${local.partition}:s3:::${var.checkpoint_bucket}"
    }]
  })
}

resource "aws_iam_role" "node" {
  count       = var.create_node_role ? 1 : 0
  name        = var.node_role_name
  description = "Nodes that Gleaner buys for the cluster ${var.cluster_name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.${data.aws_partition.current.dns_suffix}" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = var.create_node_role ? toset([
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryReadOnly",
  ]) : toset([])
  role       = aws_iam_role.node[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value}"
}

resource "aws_iam_instance_profile" "node" {
  count = var.create_node_role ? 1 : 0
  name  = var.node_role_name
  role  = aws_iam_role.node[0].name
}

resource "aws_sqs_queue" "notices" {
  name = var.queue_name
  # A notice is worth nothing once its machine is gone.
  message_retention_seconds = 300
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue_policy" "notices" {
  queue_url = aws_sqs_queue.notices.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TakeEvents"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.notices.arn
        Condition = { ArnEquals = { "aws:SourceArn" = [for rule in aws_cloudwatch_event_rule.notices : rule.arn] } }
      },
      {
        Sid       = "RefuseWhatIsNotEncrypted"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = aws_sqs_queue.notices.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_cloudwatch_event_rule" "notices" {
  for_each = {
    instances = {
      source = ["aws.ec2"]
      detail-type = [
        "EC2 Spot Instance Interruption Warning",
        "EC2 Instance Rebalance Recommendation",
        "EC2 Instance State-change Notification",
        "EC2 Capacity Reservation Instance Interruption Warning",
      ]
      detail = {}
    }
    health = {
      source      = ["aws.health"]
      detail-type = ["AWS Health Event"]
      detail = {
        service           = ["EC2"]
        eventTypeCategory = ["scheduledChange"]
      }
    }
  }
  name_prefix   = "gleaner-${each.key}-"
  description   = "For Gleaner of the cluster ${var.cluster_name}"
  event_pattern = jsonencode({ for key, value in each.value : key => value if length(value) > 0 })
}

resource "aws_cloudwatch_event_target" "notices" {
  for_each = aws_cloudwatch_event_rule.notices
  rule     = each.value.name
  arn      = aws_sqs_queue.notices.arn
}
