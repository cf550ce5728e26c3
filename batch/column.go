package batch

// The columns that a results workbook adds to those of the list.
const (
	ColumnStatus           = "Status"
	ColumnRedeemURL        = "Redeem URL"
	ColumnUserID           = "User ID"
	ColumnInvitationStatus = "Invitation Status"
	ColumnErrorCode        = "Error Code"
	ColumnError            = "Error"
	ColumnAdvice           = "Advice"
	ColumnAttempts         = "Attempts"
	ColumnInvitedAt        = "Invited At"
	ColumnRequestID        = "Request ID"
	ColumnSourceRow        = "Source Row"
	// ColumnRowKey is hidden: it holds a [RowKey], so that the workbook alone
	// is enough to go on, whatever people do to the visible columns.
	ColumnRowKey = "Row Key"
)

// ResultColumns returns them in the order of the workbook.
func ResultColumns() []string {
	return []string{
		ColumnStatus, ColumnRedeemURL, ColumnUserID, ColumnInvitationStatus,
		ColumnErrorCode, ColumnError, ColumnAdvice, ColumnAttempts,
		ColumnInvitedAt, ColumnRequestID, ColumnSourceRow, ColumnRowKey,
	}
}
