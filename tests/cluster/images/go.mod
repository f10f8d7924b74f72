module cellhub.io/cluster/images

go 1.22
