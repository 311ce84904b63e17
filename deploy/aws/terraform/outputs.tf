output "role_arn" {
  description = "Role for the service account gleaner in the namespace gleaner"
  value       = aws_iam_role.gleaner.arn
}

output "queue_name" {
  description = "aws.interruptionQueue of the configuration"
  value       = aws_sqs_queue.notices.name
}

output "instance_profile" {
  description = "aws.instanceProfile of the configuration"
  value       = var.node_role_name
}
